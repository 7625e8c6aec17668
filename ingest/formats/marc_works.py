"""A MARC 21 bibliographic record as a record (Library of Congress, "MARC 21 Format for Bibliographic Data").

Also what Invenio repositories (Zenodo, INSPIRE) write in MARC: the journal in 773 or 909C4, ORCIDs in
100 $0, affiliations in 100 $u.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
import pymarc

from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import Role, contributor, identified, in_web, language_code, says_retracted
from ingest.formats.marc_fields import (
    ABOUT,
    ENDS,
    LABEL,
    NUMBERED,
    all_of,
    first_of,
    in_other_script,
    part_of,
    repeated_in_other_script,
    tidied,
    unended,
)
from ingest.formats.marc_hosts import host_of
from ingest.formats.marc_terms import KINDS, LINKS, RELATIONS, ROLES, SCHEMES, STATES, SUBJECTS
from ingest.formats.markup import plain
from ontology.agents import AgentName, AgentRecord, Place
from ontology.documents import clean
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier, identifier
from ontology.records import (
    Affiliation,
    Contributor,
    Funding,
    Link,
    Record,
    Relation,
    Subject,
    Title,
    Venue,
    WorkKind,
)

_UNNAMED: Final = re.compile(r"(?:publisher not identified|s\.? ?n\.?$|verlag nicht ermittelbar)", re.IGNORECASE)
"""What catalogues write where no publisher is known."""
_SUFFIX: Final = re.compile(r"(?:Jr|Sr)\.?|II|III|IV", re.IGNORECASE)
_DEFENDED: Final = re.compile(r"(?:--|[Dd]iss(?:ertation|\.)?,)\s*([^\d]{3,200}?),?\s*(?:[12]\d{3}|$)")
_FREE: Final = re.compile(
    r"(?:gold |green )?open access|kostenfrei|free access|freely available|unrestricted online access|0", re.IGNORECASE
)
_PARALLEL: Final = re.compile(r"parallel|übersetz|translat|traduc", re.IGNORECASE)
_TRADE: Final = re.compile(r"\(([^()]{1,40})\)(?=\S)")
"""What a keyword of the book trade is of: "(Produktform)Hardback"."""
_KEYWORDS: Final = frozenset({"author", "keywords", "schlagworte", "vlb-fs", "stw"})
_QUALIFIED: Final = re.compile(r" ?\([^()]*\)$")


def record_of(marc: pymarc.Record, number: str, format_name: str) -> Record:
    """The record; `number` is its key where it has neither identifier nor control number.

    Raises MalformedPayload where there is neither title nor identifier.
    """
    kind = _kind(marc)
    known, other = _identifiers(marc)
    language = _language(marc)
    titles = tuple(_titles(marc, language))
    if not titles and not known:
        raise MalformedPayload("the record has neither title nor identifier")
    publisher = _publisher(marc)
    host = host_of(marc, publisher)
    issued = _issued(marc)
    contributors = tuple(_contributors(marc))
    rights = next((u for f in marc.get_fields("540", "506") for u in f.get_subfields("u") if u.startswith("http")), "")
    return Record(
        key=str(known[0]) if known else control_number(marc) or number,
        format=format_name,
        kind=_in_host(kind, host.venue),
        identifiers=known,
        titles=titles,
        abstract=_abstract(marc.get_fields("520")),
        abstracts=_abstracts(marc, language),
        language=language,
        issued=host.issued if host.issued.startswith(issued) else issued,
        venue=host.venue or _series(marc, other),
        volume=host.volume or ("" if host.venue else _number_in_series(marc)),
        issue=host.issue,
        pages=host.pages,
        publisher=publisher or (_school(marc) if kind == "thesis" else ""),
        license=rights or first_of(marc, "540", "a"),
        open_access=True if "creativecommons.org/" in rights or _says_open(marc) else None,
        retracted=says_retracted(titles[0].text if titles else ""),
        contributors=contributors,
        subjects=tuple(dict.fromkeys(_subjects(marc))),
        funding=tuple(_funding(marc)),
        relations=tuple(dict.fromkeys(r for r in _relations(marc) if r.target not in known)),
        links=tuple(dict.fromkeys(links(marc))),
    )


def event_of(marc: pymarc.Record, number: str, format_name: str) -> AgentRecord:
    """A record that has no title but an event as main entry (111): a conference, its place and names."""
    name, short = first_of(marc, "111", "a"), first_of(marc, "111", "e")
    if not name:
        raise MalformedPayload("the record has neither title nor identifier")
    names = [AgentName(text=name), *([AgentName(text=short, kind="acronym")] if short else [])]
    names += [AgentName(text=text, kind="alias") for text in all_of(marc, "411", "a") if text != name]
    town, *rest = first_of(marc, "111", "c").split(", ")
    return AgentRecord(
        key=control_number(marc) or number,
        format=format_name,
        kind="venue",
        names=tuple(names),
        types=("conference",),
        places=(_place(town, rest),) if town else (),
        links=tuple(dict.fromkeys(links(marc))),
    )


def _place(town: str, rest: list[str]) -> Place:
    """ "Lisbon, Portugal", but "Reno, Nevada" and "Reno, Nevada, USA"."""
    in_states = len(rest) == 1 and rest[0] in STATES
    country = "" if not rest or in_states else rest[-1]
    return Place(town=town, region=", ".join(rest if in_states else rest[:-1]), country=country)


def control_number(marc: pymarc.Record) -> str:
    """The number of the record in its catalogue (001)."""
    field = next(iter(marc.get_fields("001")), None)
    return clean(field.data or "") if field else ""


def _fixed(marc: pymarc.Record, begin: int, end: int) -> str:
    """Characters of the fixed field 008, blanks where it is too short."""
    field = next(iter(marc.get_fields("008")), None)
    return ((field.data or "") if field else "").ljust(40)[begin:end]


def _kind(marc: pymarc.Record) -> WorkKind:
    """By genre terms (655, Invenio's 980), a thesis note (502), then type and level of the leader."""
    stated = [*all_of(marc, "655", "a"), *all_of(marc, "980", "a", "b"), *all_of(marc, "336", "a")]
    for each in stated:
        if kind := KINDS.get(re.sub(r"[^a-z]", "", each.lower())):
            return kind
    if marc.get_fields("502"):
        return "thesis"
    leader = str(marc.leader)
    form, level = leader[6:7], leader[7:8]
    if form in "at" and level == "s":
        return "other"
    if form in "at" and level in "ab":
        return "chapter" if level == "a" and not marc.get_fields("773") else "other" if level == "b" else "article"
    by_form: dict[str, WorkKind] = {"a": "book", "t": "book", "m": "software", "g": "video", "i": "audio",
                                    "j": "audio", "k": "image", "e": "image", "f": "image"}  # fmt: skip
    if form in "at" and level == "m":
        return _coded_kind(marc)
    return by_form.get(form, "other") if level in ("m", " ", "i", "s") or form != "a" else "other"


def _in_host(kind: WorkKind, host: Venue | None) -> WorkKind:
    """What stands in a journal is an article, what stands in a book a chapter."""
    if host is None or kind not in ("article", "other"):
        return kind
    return "article" if host.kind == "journal" else "chapter" if kind == "article" else kind


def _coded_kind(marc: pymarc.Record) -> WorkKind:
    """A book by the codes of its contents: a thesis, the proceedings of a conference."""
    contents, conference = _fixed(marc, 24, 28), _fixed(marc, 29, 30)
    return "thesis" if "m" in contents else "proceedings" if conference == "1" else "book"


def _school(marc: pymarc.Record) -> str:
    """Where a thesis was defended: by itself ($c), or in one text ("Thesis (Ph. D.)--University of Noon, 1998.")."""
    found = _DEFENDED.search(first_of(marc, "502", "a"))
    return first_of(marc, "502", "c") or (found[1].strip() if found else "")


def _says_open(marc: pymarc.Record) -> bool:
    """Whether access is free: copyright status (542), restrictions (506), or beside the address (856)."""
    said = [*all_of(marc, "506", "a", "f"), *all_of(marc, "856", "z", "7")]
    return "open" in all_of(marc, "542", "l") or any(map(_FREE.fullmatch, said))


def _identifiers(marc: pymarc.Record) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """Identifiers of the work, and ISSNs, which are the series'."""
    pairs: list[tuple[str, str]] = []
    for field in marc.get_fields("024", "037"):
        scheme = (field.get("2") or field.get("9") or "").lower()
        for value in field.get_subfields("a"):
            if scheme in SCHEMES:
                pairs.append((SCHEMES[scheme], value))
            elif found := in_web(value):
                pairs.append((found.scheme, found.value))
    for field in marc.get_fields("856"):
        if field.indicator2 in ("0", " ", "1"):
            pairs += [("doi", url) for url in field.get_subfields("u") if "doi.org/10." in url]
    dois = identified(pair for pair in pairs if pair[0] == "doi")[:1]
    rest = identified(pair for pair in pairs if pair[0] != "doi")
    books = identified(("isbn", _QUALIFIED.sub("", value).split(" ")[0]) for value in all_of(marc, "020", "a"))
    return (*dois, *rest, *books), identified(("issn", value) for value in all_of(marc, "022", "a"))


def _titles(marc: pymarc.Record, language: str) -> Iterator[Title]:
    """The title proper, in Latin letters and in its own script; translated ones (242); parallel ones (246 _1)."""
    for field in (*marc.get_fields("245"), *in_other_script(marc, "245")):
        if text := _title(_main(field), part_of(field, "b")):
            yield Title(text, language)
    for field in marc.get_fields("242"):
        if text := _title(part_of(field, "a"), part_of(field, "b")):
            yield Title(text, language_code(field.get("y") or ""))
    for field in marc.get_fields("246"):
        is_parallel = field.indicator2 == "1" or _PARALLEL.search(field.get("i") or "")
        if is_parallel and (text := _title(part_of(field, "a"), part_of(field, "b"))):
            yield Title(text)


def _main(field: pymarc.Field) -> str:
    """The title proper and the parts of it ($n, $p), whether or not the catalogue has set stops between them."""
    parts = ", ".join(text.removesuffix(".") for v in field.get_subfields("n", "p") if (text := tidied(v)))
    main = part_of(field, "a")
    return f"{main.removesuffix('.')}. {parts}" if main and parts else main or parts


def _title(main: str, sub: str) -> str:
    return plain(f"{main}: {sub}" if main and sub else main or sub).removesuffix(".")


def _abstract(fields: Iterable[pymarc.Field]) -> str:
    return "\n".join(text for field in fields if (text := plain(" ".join(field.get_subfields("a", "b")))))


def _abstracts(marc: pymarc.Record, language: str) -> tuple[Title, ...]:
    """The abstract in the script of the work, where the other one is in Latin letters."""
    text = _abstract(in_other_script(marc, "520"))
    return (Title(text, language),) if text else ()


def _language(marc: pymarc.Record) -> str:
    stated = [*all_of(marc, "041", "a"), _fixed(marc, 35, 38).strip()]
    return next(filter(None, (language_code(each[:3] if len(each) > 5 else each) for each in stated)), "")


def _imprints(marc: pymarc.Record) -> list[pymarc.Field]:
    """Statements of publication (264 _1) before others."""
    return [*(f for f in marc.get_fields("264") if f.indicator2 == "1"), *marc.get_fields("260", "264")]


def _issued(marc: pymarc.Record) -> str:
    """The date printed in the imprint, in whatever script says it more precisely; else that of 008."""
    linked = [*in_other_script(marc, "264"), *in_other_script(marc, "260")]
    stated = [
        date
        for field in (*_imprints(marc), *linked)
        for value in field.get_subfields("c")
        if (date := date_in(re.sub(r"[\[\]©]|\b[cp](?=\d)", "", value)))
    ]
    if stated:
        return max((date for date in stated if date.startswith(stated[0])), key=len)
    return iso_date(_fixed(marc, 7, 11))


def _publisher(marc: pymarc.Record) -> str:
    found = (part_of(field, "b").strip("[]") for field in _imprints(marc))
    return next((text for text in found if text and not _UNNAMED.match(text)), "")


def _contributors(marc: pymarc.Record) -> Iterator[Contributor]:
    for field in marc.get_fields("100", "700", "110", "710", "111", "711"):
        group = field.tag[1:] != "00"
        name, given, family = _name(field, group)
        said = tidied(" ".join(field.get_subfields("c"))) if family else ""
        found = contributor(
            name,
            given=given,
            family=family,
            suffix=said if _SUFFIX.fullmatch(said) else "",
            role=_role(field),
            organisation=group,
            identifiers=tuple(dict.fromkeys(_agent_ids(field))),
            affiliations=tuple(Affiliation(name=text) for value in field.get_subfields("u") if (text := plain(value))),
        )
        if found and not field.get_subfields("t"):
            others = (_name(other, group) for other in repeated_in_other_script(marc, field))
            variants = [one.name for n, g, f in others if (one := contributor(n, given=g, family=f))]
            yield msgspec.structs.replace(found, variants=tuple(v for v in variants if v != found.name))


def _name(field: pymarc.Field, group: bool) -> tuple[str, str, str]:
    """Name, or given and family name."""
    codes = ("a", "b") if group else ("a", "b", "c", "q") if field.indicator1 == "0" else ("a",)
    name = clean(" ".join(field.get_subfields(*codes))).strip(ENDS)
    family, comma, given = name.partition(",")
    return (unended(name), "", "") if group or not comma else ("", unended(given.strip(ENDS)), family.strip(ENDS))


def _role(field: pymarc.Field) -> Role:
    """By relator code ($4) or term ($e); without any, main entries are authors and added ones, too; a conference (111)
    is none."""
    stated = [clean(v).lower().rpartition("/")[2].strip(" .,;") for v in field.get_subfields("4", "e", "j")]
    usual: Role = "contributor" if stated or field.tag[1:] == "11" else "author"
    return next((ROLES[each] for each in stated if each in ROLES), usual)


def _agent_ids(field: pymarc.Field) -> Iterator[Identifier]:
    for value in field.get_subfields("0", "1"):
        prefix, _, rest = value.strip().rpartition(")")
        kind = prefix.strip("( ").lower()
        scheme = {"orcid": "orcid", "uri": "orcid", "de-588": "gnd", "isni": "isni", "ror": "ror"}.get(kind, "")
        if "orcid.org" in value:
            scheme = "orcid"
        elif "isni.org" in value:
            scheme = "isni"
        elif "d-nb.info/gnd/" in value:
            scheme, rest = "gnd", value.rpartition("/")[2]
        if scheme and (found := identifier(scheme, rest or value)):
            yield found


def _series(marc: pymarc.Record, serial: tuple[Identifier, ...]) -> Venue | None:
    name = first_of(marc, "830", "a") or first_of(marc, "490", "a")
    return Venue(name=NUMBERED.sub("", name).removesuffix("."), kind="book", identifiers=serial) if name else None


def _number_in_series(marc: pymarc.Record) -> str:
    return LABEL.sub("", (first_of(marc, "830", "v") or first_of(marc, "490", "v")).removesuffix("."))


def _subjects(marc: pymarc.Record) -> Iterator[Subject]:
    """Headings with their vocabulary (second indicator or $2), those of German chains (689), uncontrolled keywords."""
    known: set[str] = set()
    for field in marc.get_fields("600", "610", "611", "630", "648", "650", "651"):
        scheme = SUBJECTS.get(field.indicator2, "") or clean(field.get("2") or "").lower()
        label = " -- ".join(
            clean(v).strip(" .,") for v in field.get_subfields("a", "x", "y", "z", "v") if clean(v).strip(" .,")
        )
        codes = [v for v in field.get_subfields("0") if v.startswith("http")]
        if label:
            known.add(label)
            yield Subject(label=label, scheme=scheme, code=codes[0] if codes else "")
    for field in marc.get_fields("689"):
        if (label := part_of(field, "a")) and label not in known:
            code = next((v for v in field.get_subfields("0") if v.startswith("http")), "")
            yield Subject(label=label, scheme="gnd", code=code)
    for value in all_of(marc, "653", "a"):
        found = _TRADE.match(value)
        if found is None or found[1].lower() in _KEYWORDS:
            yield Subject(label=value[found.end() :].strip() if found else value)


def _funding(marc: pymarc.Record) -> Iterator[Funding]:
    for field in marc.get_fields("536"):
        funder = clean(" ".join(field.get_subfields("a"))).strip(ENDS)
        if funder:
            awards = (clean(value) for value in field.get_subfields("b", "c", "f"))
            yield Funding(funder=funder, awards=tuple(dict.fromkeys(filter(None, awards))))


def _relations(marc: pymarc.Record) -> Iterator[Relation]:
    """Linking entries: by what Invenio prints ($i), else by tag; the other one by its DOI ($o, $a) or ISBN ($z)."""
    for field in marc.get_fields("773", "786", "787", *LINKS):
        kind = RELATIONS.get(re.sub(r"[^a-z]", "", (field.get("i") or "").lower()), "") or LINKS.get(field.tag, "")
        targets = [*field.get_subfields("o"), *(field.get_subfields("a") if field.get("n") else [])]
        found = [identifier("doi", value) or in_web(value) for value in targets]
        found += [identifier("isbn", value) for value in field.get_subfields("z") if field.tag in LINKS]
        for target in found:
            if target and kind:
                yield Relation(kind=kind, target=target)


def links(marc: pymarc.Record) -> Iterator[Link]:
    """Where the work lies in the web (856), not its table of contents, blurb or cover."""
    for field in marc.get_fields("856"):
        if field.indicator2 == "2" or ABOUT.search(" ".join(field.get_subfields("3", "y"))):
            continue
        for url in field.get_subfields("u"):
            url = url.strip()
            if re.fullmatch(r"https?://[^\s\"<>]+", url):
                mime = clean(field.get("q") or "")
                is_pdf = "pdf" in mime.lower() or url.lower().endswith(".pdf")
                yield Link(url=url, rel="pdf" if is_pdf else "landing", mime=mime if "/" in mime else "")
