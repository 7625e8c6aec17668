"""From a BibTeX entry to a record: LaTeX to text, names to people, entry types to kinds of work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from pybtex.bibtex.utils import split_name_list
from pybtex.database import Person
from pybtex.exceptions import PybtexError

from ingest.formats.bibtex_terms import JOURNALS, KINDS, NOT_LENT, TYPES, VENUES
from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import Role, contributor, identified, language_code, says_retracted
from ingest.formats.latex import latex_paragraphs, plain_latex
from ontology.documents import clean
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Contributor, Link, Record, Subject, Title, Venue, WorkKind

MAX_NAMES: Final = 20_000

_ROLES: Final[tuple[tuple[str, Role], ...]] = (
    ("author", "author"), ("editor", "editor"), ("bookauthor", "contributor"), ("translator", "translator"),
)  # fmt: skip
_ARXIV: Final = re.compile(
    r"\barxiv\b\W*(?:e-?prints?|preprints?)?\W*(?:arXiv:)?\s*([a-z.-]+/\d{7}|\d{4}\.\d{4,5})?", re.IGNORECASE
)
"""A journal that is none: "arXiv preprint arXiv:1706.03762", "ArXiv e-prints"."""
_CORR: Final = re.compile(r"abs/(\S+)")
"""DBLP's volume of the "journal" CoRR."""
_HOMONYM: Final = re.compile(r"\s+\d{4}$")
"""DBLP's number of one of several people of a name: "Wei Wang 0001"."""
_URL: Final = re.compile(r"https?://[^\s\"<>]+")
_MACRO: Final = re.compile(r"\{?\\([a-z]{2,8})\}?")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as written: values joined and macros expanded, LaTeX untouched."""

    key: str
    kind: str
    fields: dict[str, str]
    line: int

    def inheriting(self, parent: Entry) -> Entry:
        """With the fields it lacks taken from the entry its `crossref` names: its title as that of the book."""
        lent = {name: value for name, value in parent.fields.items() if name not in NOT_LENT}
        if title := parent.fields.get("booktitle") or parent.fields.get("title"):
            subtitle = parent.fields.get("subtitle")
            lent.setdefault("booktitle", f"{title}: {subtitle}" if subtitle else title)
        if KINDS.get(self.kind) in VENUES and (number := parent.fields.get("isbn")):
            lent.setdefault("isbn", number)
        return msgspec.structs.replace(self, fields={**lent, **self.fields})

    def with_data(self, lenders: Iterable[Entry]) -> Entry:
        """With the fields it lacks taken from entries of data (BibLaTeX's `@xdata`)."""
        fields = dict(self.fields)
        for lender in lenders:
            fields = {**lender.fields, **fields}
        return msgspec.structs.replace(self, fields=fields)


def record_of(entry: Entry, number: str, format_name: str) -> Record:
    """The record of an entry; raises MalformedPayload, with its line, for one without title."""
    text = _Texts(entry.fields)
    title = text["title"]
    if not title:
        raise MalformedPayload(f"the entry “{clean(entry.key)[:80]}” has no title", place=f"line {entry.line}")
    if (subtitle := text["subtitle"]) and subtitle.casefold() not in title.casefold():
        title = f"{title.rstrip(':')}: {subtitle}"
    kind = _kind(entry, text)
    language = language_code(text["langid"] or text["language"])
    books = identified([("isbn", each) for each in re.split(r"[;,\s]+", text["isbn"])])
    known = _identifiers(entry)
    return Record(
        key=clean(entry.key) or number,
        format=format_name,
        kind=kind,
        identifiers=(*known, *books) if kind in ("book", "proceedings") else known,
        titles=(Title(title, language),),
        abstract=latex_paragraphs(entry.fields.get("abstract", "")),
        language=language,
        issued=_issued(text),
        venue=_venue(text, kind, books),
        volume="" if _CORR.fullmatch(text["volume"]) else text["volume"],
        issue=text["number"] or text["issue"],
        pages=re.sub(r"\s*[–—-]+\s*", "-", text["pages"]) or text["eid"] or text["articleno"] or text["article-number"],
        publisher=text["publisher"] or text["school"] or text["institution"] or text["organization"],
        license=text["license"],
        retracted=says_retracted(title),
        contributors=tuple(_people(entry)),
        subjects=tuple(_subjects(text)),
        links=tuple(dict.fromkeys(_links(entry))),
    )


class _Texts:
    """The fields' values as plain text, empty where missing."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        value = self._fields.get(name)
        return plain_latex(value) if value else ""

    def source(self, name: str) -> str:
        """The value as it is written in LaTeX."""
        return self._fields.get(name, "").strip()


def _kind(entry: Entry, text: _Texts) -> WorkKind:
    kind = KINDS.get(entry.kind) or TYPES.get(text["type"].replace(" ", "").lower())
    archive = (text["archiveprefix"] or text["eprinttype"] or text["publisher"] or text["howpublished"]).lower()
    if kind is None:
        return "preprint" if "arxiv" in archive else "other"
    return "preprint" if kind == "article" and _archived(text) else kind


def _archived(text: _Texts) -> bool:
    """Whether what stands as its journal is arXiv."""
    journal = text["journal"] or text["journaltitle"]
    return bool(_ARXIV.match(journal)) or (journal == "CoRR" and bool(_CORR.match(text["volume"])))


def _identifiers(entry: Entry) -> tuple[Identifier, ...]:
    raw = {name: _bare(value) for name, value in entry.fields.items() if name in _NAMING}
    archive = (raw.get("archiveprefix") or raw.get("eprinttype") or "").lower()
    eprint = raw.get("eprint")
    stated = (_ARXIV.match(entry.fields.get(name, "")) for name in ("journal", "journaltitle", "note"))
    archived = next((found for found in stated if found and found[1]), None)
    volume = _CORR.fullmatch(entry.fields.get("volume", "")) if raw.get("journal") == "CoRR" else None
    arxiv = (eprint if archive in ("arxiv", "") else None) or (archived or volume or (None, None))[1]
    url = raw.get("url", "")
    pairs = [
        ("doi", raw.get("doi") or (url if "doi.org/" in url else None)), ("arxiv", arxiv),
        ("pmid", raw.get("pmid") or (eprint if archive == "pubmed" else None)), ("pmcid", raw.get("pmcid")),
        ("handle", raw.get("hdl") or (eprint if archive in ("hdl", "handle") else None)),
        ("acl", url if "aclanthology" in url else None),
    ]  # fmt: skip
    return identified(pairs)


_NAMING: Final = frozenset({"doi", "eprint", "archiveprefix", "eprinttype", "pmid", "pmcid", "hdl", "url", "journal"})


def _bare(value: str) -> str:
    r"""An identifier or address without LaTeX's escapes ("10.1/a\_b" → "10.1/a_b")."""
    return re.sub(r"\\url\b|[{}\s]|\\(?=[_%&#~$])", "", value)


def _issued(text: _Texts) -> str:
    """The date of BibLaTeX, else year and month, which may hold the day ("month = {5 March}")."""
    if stated := date_in(text["date"]):
        return stated
    year, month = text["year"], text["month"]
    return max(iso_date(year, month, text["day"]), date_in(f"{month} {year}"), key=len)


def _venue(text: _Texts, kind: WorkKind, books: tuple[Identifier, ...]) -> Venue | None:
    journal = "arXiv" if _archived(text) else _journal(text)
    name = journal or text["booktitle"] or text["series"]
    if not name:
        return None
    serial = identified(("issn", each) for each in re.split(r"[;,\s]+", text["issn"]))
    is_own = kind in ("book", "proceedings")
    if is_own and name == text["title"]:
        return None
    sort = "repository" if kind == "preprint" else "journal" if journal else VENUES.get(kind, "other")
    return Venue(name=name, kind=sort, identifiers=serial if is_own else (*serial, *books), publisher=text["publisher"])


def _journal(text: _Texts) -> str:
    """The journal's name, written out where it is a macro of the AAS."""
    for field in ("journal", "journaltitle", "shortjournal"):
        if macro := _MACRO.fullmatch(text.source(field)):
            return JOURNALS.get(macro[1], "")
        if name := text[field]:
            return name
    return ""


def _people(entry: Entry) -> Iterator[Contributor]:
    for name, role in _ROLES:
        value = entry.fields.get(name, "")
        if len(value) > MAX_NAMES * 20:
            raise MalformedPayload(f"the field {name} is too long to be names", place=f"line {entry.line}")
        for each in split_name_list(" ".join(value.split())) if value.strip() else ():
            if each.strip().lower() != "others" and (found := _person(each, role)):
                yield found


def _person(name: str, role: Role) -> Contributor | None:
    """A name in BibTeX's three forms; one in braces as a whole is a group's."""
    name = _HOMONYM.sub("", name.strip())
    if name.startswith("{") and name.endswith("}") and name.count("{") == 1:
        return contributor(plain_latex(name), role=role, organisation=True)
    try:
        person = Person(name)
    except PybtexError:
        return contributor(plain_latex(name), role=role)
    family = " ".join((*person.prelast_names, *person.last_names))
    given = " ".join((*person.first_names, *person.middle_names))
    return contributor(
        given=plain_latex(given),
        family=plain_latex(family),
        suffix=plain_latex(" ".join(person.lineage_names)),
        role=role,
    )


def _subjects(text: _Texts) -> Iterator[Subject]:
    words = text["keywords"] or text["keyword"]
    for each in dict.fromkeys(part.strip() for part in re.split(r";" if ";" in words else r",", words)):
        if each:
            yield Subject(label=each)


def _links(entry: Entry) -> Iterator[Link]:
    stated = (entry.fields.get("url", ""), entry.fields.get("howpublished", ""))
    url = next((found[0] for each in stated if (found := _URL.search(_bare(each)))), "")
    if url.startswith(("http://", "https://")):
        is_pdf = url.lower().partition("#")[0].endswith(".pdf")
        yield Link(url=url, rel="pdf" if is_pdf else "landing", mime="application/pdf" if is_pdf else "")
