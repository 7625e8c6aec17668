"""A UNIMARC bibliographic record as a record: what libraries of France, Italy and Portugal exchange (Sudoc, BnF, ICCU).

The transmission formats are those of MARC 21, the fields are others (IFLA, "UNIMARC Manual: Bibliographic Format").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import pymarc

from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import Role, contributor, identified, in_web, language_code, says_retracted
from ingest.formats.marc_fields import all_of, first_of, part_of, tidied
from ingest.formats.marc_hosts import Host, describe
from ingest.formats.marc_terms import ROLES as RELATORS
from ingest.formats.marc_works import control_number, links
from ingest.formats.markup import plain
from ingest.formats.unimarc_terms import CONTENTS, ELECTRONIC, FORMS, GENRES, LINKS, ROLES
from ontology.documents import clean
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier, identifier
from ontology.records import Affiliation, Contributor, Record, Relation, Subject, Title, Venue, WorkKind

_UNNAMED: Final = re.compile(r"\W*(?:s\.? ?n\.?|sine nomine|éditeur non identifié)\W*$", re.IGNORECASE)
_AUTHORITY: Final = "xyz"
CODED: Final = frozenset({"100", "105", "135"})
"""Fields whose characters count by their place."""
_SUBJECTS: Final = ("600", "601", "602", "604", "605", "606", "607", "610")
_PAGES: Final = re.compile(r"\s*pp?\.\s*([a-z]?\d+(?:\s*[-–]\s*[a-z]?\d+)?)", re.IGNORECASE)


def is_unimarc(marc: pymarc.Record) -> bool:
    """Whether the title stands where UNIMARC has it: no other MARC has a field 200 with $a and none 245."""
    return not marc.get_fields("245") and any(field.get("a") for field in marc.get_fields("200"))


def record_of(marc: pymarc.Record, number: str, format_name: str) -> Record:
    """The record; `number` is its key where it has neither identifier nor control number.

    Raises MalformedPayload where it describes no work or has no title.
    """
    if _form(marc) in _AUTHORITY:
        raise MalformedPayload("this is an authority record and describes no work")
    language = next(filter(None, map(language_code, all_of(marc, "101", "a"))), "")
    titles = tuple(dict.fromkeys(_titles(marc, language)))
    if not titles:
        raise MalformedPayload("the record has no title")
    kind = _kind(marc)
    known, serial = _identifiers(marc)
    publisher = _publisher(marc)
    host = _host(marc, publisher)
    abstracts = [text for field in marc.get_fields("330") if (text := plain(" ".join(field.get_subfields("a"))))]
    return Record(
        key=str(known[0]) if known else control_number(marc) or number,
        format=format_name,
        kind=kind if kind != "article" or host.venue is None or host.venue.kind == "journal" else "chapter",
        identifiers=known,
        titles=titles,
        abstract=abstracts[0] if abstracts else "",
        abstracts=tuple(Title(text) for text in abstracts[1:]),
        language=language,
        issued=_issued(marc),
        venue=host.venue or _series(marc, serial),
        volume=host.volume,
        issue=host.issue,
        pages=host.pages,
        publisher=publisher or (first_of(marc, "328", "e") if kind == "thesis" else ""),
        retracted=says_retracted(titles[0].text),
        contributors=tuple(_contributors(marc)),
        subjects=tuple(dict.fromkeys(_subjects(marc))),
        relations=tuple(dict.fromkeys(r for r in _relations(marc) if r.target not in known)),
        links=tuple(dict.fromkeys(links(marc))),
    )


def _form(marc: pymarc.Record) -> str:
    """Type of record; " " where there is no leader. One without its length begins with the status."""
    return _leader(marc)[6:7] or " "


def _leader(marc: pymarc.Record) -> str:
    said = str(marc.leader).strip()
    return said if said[:1].isdigit() else said.rjust(len(said) + 5)


def _coded(marc: pymarc.Record, tag: str) -> str:
    return next((field.get("a") or "" for field in marc.get_fields(tag)), "")


def _kind(marc: pymarc.Record) -> WorkKind:
    """By thesis note, headings of form and coded contents, then level and type of the leader."""
    for genre in all_of(marc, "608", "a"):
        if kind := GENRES.get(genre.lower()):
            return kind
    contents = _coded(marc, "105")
    if marc.get_fields("328") or "thesis" in (coded := [CONTENTS.get(code, "") for code in contents[4:8]]):
        return "thesis"
    level, form = _leader(marc)[7:8], _form(marc)
    if level == "s":
        return "other"
    if level == "a" and form in "ab ":
        return "article"
    if form == "l" and (kind := ELECTRONIC.get(_coded(marc, "135")[:1])):
        return kind
    stated = next(filter(None, coded), "")
    usual = FORMS.get(form, "book" if form == " " else "other")
    return stated or ("proceedings" if usual == "book" and contents[8:9] == "1" else usual)  # type: ignore[return-value]


def _identifiers(marc: pymarc.Record) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """Identifiers of the work, and ISSNs, which are the series'."""
    stated = [(clean(f.get("2") or "").lower(), v) for f in marc.get_fields("017") for v in f.get_subfields("a")]
    stated += [("doi", url) for f in marc.get_fields("856") for url in f.get_subfields("u") if "doi.org/10." in url]
    dois = identified(("doi", value) for scheme, value in stated if scheme == "doi" or "doi.org/10." in value)
    handles = identified((scheme, value) for scheme, value in stated if scheme in ("handle", "hdl", "arxiv"))
    web = [found for value in all_of(marc, "033", "a") if (found := in_web(value)) and found.scheme != "url"]
    books = identified(("isbn", value.split(" (")[0]) for tag in ("010", "073") for value in all_of(marc, tag, "a"))
    every = dict.fromkeys((*dois[:1], *handles, *web, *books))
    return tuple(every), identified(("issn", value) for value in all_of(marc, "011", "a"))


def _titles(marc: pymarc.Record, language: str) -> Iterator[Title]:
    """The title proper with its parts and further words, parallel ones (200 $d, 510), translated ones (541)."""
    for field in marc.get_fields("200"):  # more than one where another script repeats it
        main = " ; ".join(filter(None, map(tidied, field.get_subfields("a"))))
        part = ", ".join(filter(None, map(tidied, field.get_subfields("h", "i"))))
        if main:
            yield Title(_title(f"{main}. {part}" if part else main, field), language)
        tongues = [language_code(value) for value in field.get_subfields("z")]
        for at, text in enumerate(field.get_subfields("d")):
            if other := plain(tidied(text)):
                yield Title(other, tongues[at] if at < len(tongues) else "")
    for field in (*marc.get_fields("510"), *marc.get_fields("541")):
        if text := part_of(field, "a"):
            yield Title(_title(text, field), language_code(field.get("z") or ""))


def _title(main: str, field: pymarc.Field) -> str:
    """With the other words of the title ($e)."""
    return plain(": ".join([main, *filter(None, map(tidied, field.get_subfields("e")))]))


def _imprints(marc: pymarc.Record) -> list[pymarc.Field]:
    """Statements of publication (214 _0) before others."""
    return [*(f for f in marc.get_fields("214") if f.indicator2 == "0"), *marc.get_fields("214", "210")]


def _publisher(marc: pymarc.Record) -> str:
    found = (part_of(field, "c").strip("[]") for field in _imprints(marc))
    return next((text for text in found if text and not _UNNAMED.match(text)), "")


def _issued(marc: pymarc.Record) -> str:
    """The date printed in the imprint ("DL 2022", "cop. 1998"), else the coded one (100), else that of a thesis."""
    printed = (date_in(re.sub(r"[\[\]©]", "", v)) for f in _imprints(marc) for v in f.get_subfields("d", "h"))
    return next(filter(None, printed), "") or iso_date(_coded(marc, "100")[9:13]) or date_in(first_of(marc, "328", "d"))


def _host(marc: pymarc.Record, publisher: str) -> Host:
    """The journal or book of an article (463 the issue or volume, 461 the whole), or the set of a volume (461)."""
    host = Host()
    for field in (*marc.get_fields("463"), *marc.get_fields("461")):
        name = _linked(field)
        if not name:
            continue
        serial = identified(("issn", value) for value in field.get_subfields("x"))
        books = identified(("isbn", value) for value in field.get_subfields("y"))
        journal = not books and (bool(serial) or _leader(marc)[7:8] == "a")
        host.venue = Venue(
            name=name, kind="journal" if journal else "book", identifiers=(*serial, *books), publisher=publisher
        )
        describe(host, clean(" ".join(field.get_subfields("v", "h", "p"))))
        break
    printed = _PAGES.match(first_of(marc, "215", "a"))
    if not host.pages and printed and host.venue is not None:
        host.pages = re.sub(r"\s*[-–]\s*", "-", printed[1])
    return host


def _linked(field: pymarc.Field) -> str:
    """The title of what a linking entry links: by itself ($t), or in the field 200 that is embedded ($1 "2001 ")."""
    inside = ""
    for part in field.subfields:
        if part.code == "t":
            return tidied(part.value)
        inside = part.value[:3] if part.code == "1" else inside
        if part.code == "a" and inside == "200":
            return tidied(part.value)
    return ""


def _series(marc: pymarc.Record, serial: tuple[Identifier, ...]) -> Venue | None:
    named = [(field, _linked(field)) for field in marc.get_fields("410")]
    named += [(field, part_of(field, "a")) for field in marc.get_fields("225")]
    for field, name in named:
        if name:
            stated = identified(("issn", value) for value in field.get_subfields("x"))
            return Venue(name=name, kind="book", identifiers=stated or serial)
    return None


def _contributors(marc: pymarc.Record) -> Iterator[Contributor]:
    fields = marc.get_fields("700", "710", "720", "701", "711", "721", "702", "712", "722")
    for field, *repeated in _by_script(fields):
        name, given, family = _name(field)
        found = contributor(
            name,
            given=given,
            family=family,
            role=_role(field),
            organisation=field.tag[1] == "1",
            identifiers=tuple(_agent_ids(field)),
            affiliations=tuple(Affiliation(name=text) for value in field.get_subfields("p") if (text := plain(value))),
        )
        if found:
            others = [contributor(n, given=g, family=f) for n, g, f in map(_name, repeated)]
            yield msgspec.structs.replace(found, variants=tuple(one.name for one in others if one))


def _by_script(fields: Iterable[pymarc.Field]) -> list[list[pymarc.Field]]:
    """Each field with those that repeat it in other scripts ($6 "a01")."""
    found: dict[object, list[pymarc.Field]] = {}
    for field in fields:
        link = (field.get("6") or "")[:3]
        found.setdefault((field.tag, link) if link else id(field), []).append(field)
    return list(found.values())


def _name(field: pymarc.Field) -> tuple[str, str, str]:
    """Name, given and family name: a group with its parts, somebody by surname (indicator 1) or by forename and number
    ("Benoît XVI"). Nobody where there is no entry ($a)."""
    first, rest = part_of(field, "a"), part_of(field, "b")
    if not first:
        return "", "", ""
    if field.tag[1] == "1":
        return f"{first}. {rest}" if rest else first, "", ""
    if field.indicator2 == "0" or not rest:
        return " ".join(filter(None, (first, rest, part_of(field, "d")))), "", ""
    return "", rest, first


def _role(field: pymarc.Field) -> Role:
    """By relator code ($4); without any, those of primary and equal responsibility are authors (700, 701)."""
    stated = [clean(value).lower().rpartition("/")[2] for value in field.get_subfields("4")]
    roles: Sequence[Role] = [role for each in stated if (role := ROLES.get(each) or RELATORS.get(each))]
    return next(iter(roles), "contributor" if any(stated) or field.tag[2] == "2" else "author")


def _agent_ids(field: pymarc.Field) -> Iterator[Identifier]:
    for value in field.get_subfields("o", "3", "0"):
        scheme = "orcid" if "orcid" in value.lower() else "isni" if "isni" in value.lower() else ""
        if scheme and (found := identifier(scheme, re.sub(r"^\s*\(?(?:orcid|isni)\)?\s*:?", "", value, flags=re.I))):
            yield found


def _subjects(marc: pymarc.Record) -> Iterator[Subject]:
    for field in marc.get_fields(*_SUBJECTS):
        alone = field.tag == "610"
        named = ", ".join(filter(None, (part_of(field, "a"), part_of(field, "b") if field.tag == "600" else "")))
        heading = [named, *(clean(value) for value in field.get_subfields("i", "t", "x", "y", "z"))]
        labels = [clean(value) for value in field.get_subfields("a")] if alone else [" -- ".join(filter(None, heading))]
        scheme = "" if alone else clean(field.get("2") or "").lower()
        yield from (Subject(label=label, scheme=scheme) for label in labels if label)


def _relations(marc: pymarc.Record) -> Iterator[Relation]:
    """Linking entries, the other one by its ISBN ($y) or DOI ($u)."""
    for field in marc.get_fields(*LINKS):
        targets = [identifier("isbn", value) for value in field.get_subfields("y")]
        targets += [identifier("doi", value) for value in field.get_subfields("u") if "doi.org/10." in value]
        yield from (Relation(kind=LINKS[field.tag], target=target) for target in targets if target)
