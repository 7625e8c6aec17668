"""Dublin Core as OAI-PMH carries it: `oai_dc:dc`, alone or inside an answer of a repository.

The fifteen elements say little about what is in them (DCMI Metadata Terms; OAI-PMH 2.0 §5). What they
mean is read off their text, in the conventions of OpenAIRE (Guidelines 3.0), DSpace, EPrints, OJS and arXiv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in
from ingest.formats.fields import language_code, says_retracted
from ingest.formats.many import one_by_one
from ingest.formats.markup import paragraphs, plain, unheaded
from ingest.formats.oai_dc_ids import Named, grant, named, related
from ingest.formats.oai_dc_people import contributors
from ingest.formats.oai_dc_sources import behind_title, cited, placed
from ingest.formats.oai_dc_terms import NO_ABSTRACT, OPEN, SETS, kind_of, type_name
from ingest.formats.xml import Element, attribute, parse_xml, place_of, text_of
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier, identifier
from ontology.records import Funding, Link, Payload, Record, Relation, Subject, Title, WorkKind

_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?(?:dc|qualifieddc)[\s>]")
_QUALIFIED: Final = {
    "abstract": "description", "issued": "date", "alternative": "title", "license": "rights", "accessRights": "rights",
    "isPartOf": "source", "bibliographicCitation": "source",
}  # fmt: skip
"""Terms that refine one of the fifteen elements (DCMI Metadata Terms)."""
_SIGNS: Final = re.compile(rb"purl\.org/dc/elements/|openarchives\.org/OAI/2\.0/oai_dc")
_PROTOCOL: Final = re.compile(rb"<(?:[\w.-]+:)?(?:ListSets|Identify)[\s>]")
"""Answers in which Dublin Core describes sets or the repository itself."""
_LICENSE: Final = re.compile(r"https?://\S+")
_CLASSIFIED: Final = re.compile(
    r"info:eu-repo/classification/(?P<scheme>[\w-]{1,20})/(?P<code>\S{1,60})", re.IGNORECASE
)


class OaiDcFormat(msgspec.Struct, frozen=True):
    """One record per `dc` element."""

    name: str = "oai_dc"

    def recognises(self, head: bytes, media: str) -> bool:
        """An element `dc` and the address of Dublin Core or of its OAI schema; no description of a set."""
        head = head.replace(b"\0", b"")
        known = _ROOT.search(head) and _SIGNS.search(head) and not (b"<OAI-PMH" in head and _PROTOCOL.search(head))
        return media == self.name or bool(known)

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not XML or holds no `dc` element."""
        root = parse_xml(payload.body)
        found = [root] if root.tag in ("dc", "qualifieddc") else list(root.iter("dc", "qualifieddc"))
        if not found:
            raise MalformedPayload("there is no Dublin Core in this XML", place=place_of(root))
        yield from one_by_one(found, _read)


FORMAT: Final = OaiDcFormat()


class _Core:
    """The texts of one `dc` element by element name, and their languages."""

    def __init__(self, element: Element) -> None:
        self._texts: dict[str, list[tuple[str, str]]] = {}
        for child in element:
            if text := "".join(map(str, child.itertext())).strip():
                language = language_code(attribute(child, "lang"))
                name = str(child.tag)
                self._texts.setdefault(_QUALIFIED.get(name, name), []).append((text, language))

    def texts(self, name: str) -> list[str]:
        return [text for text, _ in self.tagged(name)]

    def tagged(self, name: str) -> list[tuple[str, str]]:
        """(text, language) of each element with this name; the language is empty where none is stated."""
        return self._texts.get(name, [])


def _read(element: Element, number: str) -> Record:
    core = _Core(element)
    language = next(filter(None, map(language_code, core.texts("language"))), "")
    titles = tuple(dict.fromkeys(Title(plain(text), own or language) for text, own in core.tagged("title")))
    ids = named(core.texts("identifier"), core.texts("relation"))
    if not titles and not ids.identifiers:
        raise MalformedPayload("the record has neither title nor identifier", place=place_of(element))
    access = next((OPEN[name] for text in core.texts("rights") if (name := type_name(text)) in OPEN), None)
    license_text = _license(core)
    record = Record(
        key=str(ids.identifiers[0]) if ids.identifiers else number,
        format=FORMAT.name,
        kind=_kind(core, ids.identifiers, _sets(element)),
        identifiers=ids.identifiers,
        titles=tuple(each for each in titles if each.text),
        abstract=_abstract(core, language),
        abstracts=tuple(_abstracts(core, language)),
        language=language,
        issued=_issued(core),
        publisher=next(filter(None, map(plain, core.texts("publisher"))), ""),
        license=license_text,
        retracted=any(says_retracted(title.text) for title in titles),
        open_access=True if access is None and "creativecommons.org/" in license_text else access,
        contributors=contributors(core.texts("creator"), core.texts("contributor")),
        subjects=tuple(dict.fromkeys(_subjects(core))),
        funding=_funding(core),
        relations=tuple(dict.fromkeys(_relations(core, ids))),
        links=tuple(dict.fromkeys(Link(url=url, rel="pdf" if _is_pdf(url) else "landing") for url in ids.addresses)),
    )
    sources = [plain(text) for text in core.texts("source")]
    return placed(record, [*sources, *behind_title(core.texts("identifier"), record.title)], ids.issns)


def _is_pdf(url: str) -> bool:
    return url.lower().partition("?")[0].endswith(".pdf") or "/pdf/" in url


def _sets(element: Element) -> list[str]:
    """Sets that the header beside the metadata names, where the payload is an answer of the repository."""
    entry = next(element.iterancestors("record"), None)
    return [text_of(one) for one in entry.findall("header/setSpec")] if entry is not None else []


def _kind(core: _Core, known: tuple[Identifier, ...], sets: list[str]) -> WorkKind:
    """The first type that is known, but a plain "article" after one that says more; for one that says nothing
    the set."""
    kinds = [kind for text in core.texts("type") if (kind := kind_of(text))]
    telling = next((kind for kind in kinds if kind not in ("article", "other")), None)
    if telling is None and "article" not in kinds:
        telling = next((SETS[one] for one in sets if one in SETS), None)
    if telling or kinds:
        return telling or kinds[0]
    if any(one.scheme == "arxiv" for one in known):
        return "preprint"
    return "article" if any(cited(plain(text)) for text in core.texts("source")) else "other"


def _abstract(core: _Core, language: str) -> str:
    """The longest description in the record's language that describes the work and not its file."""
    found = _described(core)
    same = [text for text, own in found if not own or _primary(own) == _primary(language)]
    return unheaded(paragraphs(max(same or [text for text, _ in found], key=len, default="")))


def _abstracts(core: _Core, language: str) -> Iterator[Title]:
    """The longest description in each other language that is stated."""
    found = _described(core)
    spoken = {_primary(own) for _, own in found if own} - {_primary(language)}
    for other in sorted(spoken) if language else ():
        text = paragraphs(max((text for text, own in found if _primary(own) == other), key=len))
        if text and text != _abstract(core, language):
            yield Title(text, other)


def _described(core: _Core) -> list[tuple[str, str]]:
    return [(text, own) for text, own in core.tagged("description") if not NO_ABSTRACT.match(text)]


def _primary(language: str) -> str:
    return language.partition("-")[0]


def _issued(core: _Core) -> str:
    """The earliest date as precisely as it is stated.

    Moments ("2019-01-02T09:00:00Z": when a repository took it in) count only where there is nothing else.
    """
    dates = [text for text in core.texts("date") if not text.startswith("info:")]
    days = sorted(filter(None, map(date_in, [text for text in dates if "T" not in text] or dates)))
    return max((day for day in days if day.startswith(days[0])), key=len, default="")


def _license(core: _Core) -> str:
    """The address of a licence, a Creative Commons one first, else the first words that are not about access."""
    texts = core.texts("rights")
    addresses = [hit.group().rstrip(".,;)") for text in texts if (hit := _LICENSE.search(text)) and "coar/" not in text]
    common = next((url for url in addresses if "creativecommons.org/" in url), "")
    words = (plain(text) for text in texts if type_name(text) not in OPEN and not text.startswith("info:"))
    return common or next(iter(addresses), "") or next(words, "")


def _subjects(core: _Core) -> Iterator[Subject]:
    for text in core.texts("subject"):
        if classified := _CLASSIFIED.fullmatch(text):
            yield Subject(label=classified["code"], scheme=classified["scheme"].lower(), code=classified["code"])
            continue
        for part in text.split(";"):
            if label := plain(part):
                yield Subject(label=label)


def _funding(core: _Core) -> tuple[Funding, ...]:
    """Projects as OpenAIRE writes them: "info:eu-repo/grantAgreement/EC/FP7/244909"."""
    texts = (*core.texts("relation"), *core.texts("contributor"), *core.texts("rights"))
    return tuple(dict.fromkeys(found for text in texts if (found := grant(text))))


def _relations(core: _Core, ids: Named) -> Iterator[Relation]:
    for text in core.texts("relation"):
        if (found := related(text)) and found.target not in ids.identifiers:
            yield found
    for text in core.texts("source"):
        if (one := identifier("doi", text)) and one not in ids.identifiers:
            yield Relation(kind="IsDerivedFrom", target=one)
