"""From a BibTeX entry to a record: LaTeX to text, names to people, entry types to kinds of work."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

import latexcodec  # noqa: F401 - registers the codec
import msgspec
from pybtex.bibtex.utils import split_name_list
from pybtex.database import Person
from pybtex.exceptions import PybtexError

from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import Role, contributor, identified, language_code
from ontology.documents import clean
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Contributor, Link, Record, Subject, Title, Venue, WorkKind

MAX_NAMES: Final = 20_000

_KINDS: Final[dict[str, WorkKind]] = {
    "article": "article", "book": "book", "mvbook": "book", "booklet": "book", "collection": "book",
    "inbook": "chapter", "incollection": "chapter", "bookinbook": "chapter", "suppbook": "chapter",
    "inreference": "chapter", "inproceedings": "conference-paper", "conference": "conference-paper",
    "proceedings": "proceedings", "mvproceedings": "proceedings", "mastersthesis": "thesis", "phdthesis": "thesis",
    "thesis": "thesis", "techreport": "report", "report": "report", "manual": "report", "unpublished": "preprint",
    "dataset": "dataset", "software": "software", "periodical": "journal-issue", "image": "image", "audio": "audio",
    "video": "video", "movie": "video", "standard": "standard", "review": "review",
}  # fmt: skip
_VENUES: Final[dict[WorkKind, Literal["journal", "conference", "book", "repository", "other"]]] = {
    "conference-paper": "conference", "chapter": "book",
}  # fmt: skip
_NOT_LENT: Final = frozenset({"crossref", "title", "author", "doi", "url", "pages", "isbn", "abstract", "keywords"})
_ROLES: Final[tuple[tuple[str, Role], ...]] = (
    ("author", "author"), ("editor", "editor"), ("translator", "translator"),
)  # fmt: skip


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as written: values joined and macros expanded, LaTeX untouched."""

    key: str
    kind: str
    fields: dict[str, str]
    line: int

    def inheriting(self, parent: Entry) -> Entry:
        """With the fields it lacks taken from the entry its `crossref` names."""
        lent = {name: value for name, value in parent.fields.items() if name not in _NOT_LENT}
        if title := parent.fields.get("booktitle") or parent.fields.get("title"):
            lent.setdefault("booktitle", title)
        return msgspec.structs.replace(self, fields={**lent, **self.fields})


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
        abstract=text["abstract"],
        language=language,
        issued=_issued(text),
        venue=_venue(text, kind, books),
        volume=text["volume"],
        issue=text["number"] or text["issue"],
        pages=re.sub(r"\s*[–—-]+\s*", "-", text["pages"]),
        publisher=text["publisher"] or text["school"] or text["institution"],
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


_MATH: Final = re.compile(r"(?<!\\)\$")
_COMMAND: Final = re.compile(r"\\[A-Za-z]+\*?\s*|\\(.)|[{}]", re.DOTALL)
_TIES: Final = str.maketrans({"~": " ", "\u00a0": " "})
_SPACES: Final = frozenset(",;:\\ ~\n")
_NOTHING: Final = frozenset("!/-@")
_SYMBOLS: Final = {
    "textdollar": "$", "textless": "<", "textgreater": ">", "textasciitilde": "∼", "textbar": "|",
    "textquotesingle": "'", "textunderscore": "_", "textasteriskcentered": "*",
}  # fmt: skip
"""Symbols that latexcodec leaves alone."""


@lru_cache(maxsize=4096)
def plain_latex(value: str) -> str:
    """Text of a LaTeX value: accents and symbols as Unicode, other commands, braces and dollars gone."""
    value = _MATH.sub("", value)
    if "\\" in value:
        value = _decoded(value)
    value = value.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    return clean(_COMMAND.sub(_plain_command, value).translate(_TIES))


def _plain_command(found: re.Match[str]) -> str:
    """A named command leaves nothing (or its symbol), an escaped character itself, a spacing command a space."""
    character = found[1]
    if character is None:
        return _SYMBOLS.get(found[0].strip("\\ \n"), "")
    if character in _NOTHING:
        return ""
    return " " if character in _SPACES else character


def _decoded(value: str) -> str:
    try:
        return codecs.decode(value, "ulatex")  # type: ignore[call-overload,no-any-return]
    except ValueError:
        return value


def _kind(entry: Entry, text: _Texts) -> WorkKind:
    kind = _KINDS.get(entry.kind)
    if kind is None:
        archive = (text["archiveprefix"] or text["eprinttype"] or text["publisher"]).lower()
        kind = "preprint" if "arxiv" in archive else "other"
    if kind == "article" and "arxiv" in text["journal"].lower():
        return "preprint"
    return kind


def _identifiers(entry: Entry) -> tuple[Identifier, ...]:
    raw = {name: _bare(value) for name, value in entry.fields.items() if name in _NAMING}
    archive = (raw.get("archiveprefix") or raw.get("eprinttype") or "").lower()
    arxiv = raw.get("eprint") if archive in ("arxiv", "") else None
    pairs = [
        ("doi", raw.get("doi")), ("arxiv", arxiv), ("pmid", raw.get("pmid")), ("pmcid", raw.get("pmcid")),
        ("handle", raw.get("hdl")), ("acl", raw.get("url") if "aclanthology" in (raw.get("url") or "") else None),
    ]  # fmt: skip
    if not raw.get("doi") and "doi.org/" in raw.get("url", ""):
        pairs.insert(0, ("doi", raw["url"]))
    return identified(pairs)


_NAMING: Final = frozenset({"doi", "eprint", "archiveprefix", "eprinttype", "pmid", "pmcid", "hdl", "url"})


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
    journal = text["journal"] or text["journaltitle"]
    name = journal or text["booktitle"] or text["series"]
    if not name:
        return None
    serial = identified(("issn", each) for each in re.split(r"[;,\s]+", text["issn"]))
    is_own = kind in ("book", "proceedings")
    sort = "repository" if kind == "preprint" else "journal" if journal else _VENUES.get(kind, "other")
    return Venue(name=name, kind=sort, identifiers=serial if is_own else (*serial, *books), publisher=text["publisher"])


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
    name = name.strip()
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
    url = _bare(entry.fields.get("url", ""))
    if url.startswith(("http://", "https://")):
        is_pdf = url.lower().endswith(".pdf")
        yield Link(url=url, rel="pdf" if is_pdf else "landing", mime="application/pdf" if is_pdf else "")
