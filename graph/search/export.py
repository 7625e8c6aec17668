"""Results as files: BibTeX, RIS, CSL-JSON, CSV and JSON lines, written one work at a time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from graph.search.documents import SearchDocument

ExportName = Literal["bibtex", "ris", "csl", "csv", "jsonl"]
Export = Callable[[Iterable[SearchDocument]], Iterator[str]]

_BIBTEX: Final = {
    "article": "article", "conference-paper": "inproceedings", "book": "book", "chapter": "incollection",
    "thesis": "phdthesis", "report": "techreport", "proceedings": "proceedings", "preprint": "misc",
}  # fmt: skip
_WITHIN: Final = {"article": "journal", "inproceedings": "booktitle", "incollection": "booktitle"}
_RIS: Final = {
    "article": "JOUR", "conference-paper": "CONF", "book": "BOOK", "chapter": "CHAP", "thesis": "THES",
    "report": "RPRT", "dataset": "DATA", "software": "COMP", "preprint": "UNPB", "video": "VIDEO", "audio": "SOUND",
}  # fmt: skip
_CSL: Final = {
    "article": "article-journal", "conference-paper": "paper-conference", "book": "book", "chapter": "chapter",
    "thesis": "thesis", "report": "report", "dataset": "dataset", "software": "software", "preprint": "article",
    "review": "review", "presentation": "speech", "standard": "standard", "image": "graphic",
    "video": "motion_picture",
}  # fmt: skip
_COLUMNS: Final = (
    "iri", "kind", "title", "authors", "year", "venue", "volume", "issue", "pages", "publisher", "doi", "language",
    "open_access", "citation_count", "topics", "keywords", "sources", "abstract",
)  # fmt: skip
_TEX: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run if a cell began with it."""


def bibtex(works: Iterable[SearchDocument]) -> Iterator[str]:
    """One entry a work; keys are made of name, year and title and told apart by letters."""
    used: dict[str, int] = {}
    for work in works:
        entry = _BIBTEX.get(work.kind, "misc")
        key = _key(work)
        used[key] = used.get(key, 0) + 1
        if used[key] > 1:
            key += f"-{used[key]}"
        where = {"article": "journal", "inproceedings": "booktitle", "incollection": "booktitle"}.get(
            entry, "howpublished"
        )
        said = {
            "title": f"{{{_tex(work.title)}}}" if work.title else "", "author": " and ".join(map(_tex, work.authors)),
            "year": str(work.year or ""), where: _tex(work.venue), "volume": _tex(work.volume),
            "number": _tex(work.issue), "pages": _tex(work.pages).replace("–", "--"),
            "publisher": _tex(work.publisher), "doi": _doi(work), "url": work.iri, "language": work.language,
            "keywords": _tex(", ".join(work.keywords)), "abstract": _tex(work.abstract),
        }  # fmt: skip
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in said.items() if value)
        yield f"@{entry}{{{key},\n{lines}\n}}\n\n"


def ris(works: Iterable[SearchDocument]) -> Iterator[str]:
    """Tagged lines with CRLF, as reference managers read them."""
    for work in works:
        first, _, last = work.pages.replace("–", "-").partition("-")
        tags = [
            ("TY", _RIS.get(work.kind, "GEN")), ("TI", work.title), *(("AU", _turned(name)) for name in work.authors),
            ("PY", str(work.year or "")), ("DA", work.issued.replace("-", "/")),
            ("JO" if work.kind == "article" else "T2", work.venue), ("VL", work.volume), ("IS", work.issue),
            ("SP", first.strip()), ("EP", last.strip()), ("PB", work.publisher), ("DO", _doi(work)), ("UR", work.iri),
            ("LA", work.language), *(("KW", word) for word in work.keywords), ("AB", work.abstract),
        ]  # fmt: skip
        yield "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in tags if value) + "ER  - \r\n\r\n"


def csl(works: Iterable[SearchDocument]) -> Iterator[str]:
    """An array of CSL-JSON items (schema 1.0.2)."""
    yield "["
    for number, work in enumerate(works):
        parts = [int(part) for part in work.issued.split("-") if part.isdigit()][:3] or [work.year]
        item: dict[str, Any] = {
            "id": work.iri, "type": _CSL.get(work.kind, "document"), "title": work.title,
            "author": [_csl_name(name) for name in work.authors],
            "issued": {"date-parts": [parts]} if parts[0] else None,
            "container-title": work.venue, "volume": work.volume, "issue": work.issue, "page": work.pages,
            "publisher": work.publisher, "DOI": _doi(work), "URL": work.iri, "language": work.language,
            "abstract": work.abstract, "keyword": ", ".join(work.keywords),
        }  # fmt: skip
        kept = {name: value for name, value in item.items() if value}
        yield (",\n" if number else "\n") + msgspec.json.encode(kept).decode()
    yield "\n]\n"


def comma_separated(works: Iterable[SearchDocument]) -> Iterator[str]:
    """A table (RFC 4180); several values of a cell are joined by "; "; nothing in it runs in a spreadsheet."""
    yield _row(_COLUMNS)
    for work in works:
        values = {
            **{name: getattr(work, name) for name in _COLUMNS if name not in ("doi", "topics")},
            "doi": _doi(work), "topics": tuple(label for _, label in work.topics), "year": work.year or "",
            "open_access": {True: "yes", False: "no", None: ""}[work.open_access],
        }  # fmt: skip
        yield _row([_cell(values[name]) for name in _COLUMNS])


def json_lines(works: Iterable[SearchDocument]) -> Iterator[str]:
    """One JSON object a line, as the API has it."""
    for work in works:
        yield msgspec.json.encode(work).decode() + "\n"


EXPORTS: Final[dict[ExportName, tuple[str, str, Export]]] = {
    "bibtex": ("application/x-bibtex; charset=utf-8", "bib", bibtex),
    "ris": ("application/x-research-info-systems; charset=utf-8", "ris", ris),
    "csl": ("application/vnd.citationstyles.csl+json", "json", csl),
    "csv": ("text/csv; charset=utf-8", "csv", comma_separated),
    "jsonl": ("application/x-ndjson", "jsonl", json_lines),
}
"""Name → media type, file suffix, writer."""


def _doi(work: SearchDocument) -> str:
    return next((one[4:] for one in work.identifiers if one.startswith("doi:")), "")


def _key(work: SearchDocument) -> str:
    family = work.authors[0].split()[-1] if work.authors and work.authors[0].split() else "anonymous"
    word = next((word for word in work.title.split() if len(word) > 3), "")
    return re.sub(r"[^a-z0-9]+", "", f"{family}{work.year or ''}{word}".lower()) or "work"


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)


def _turned(name: str) -> str:
    """ "Ada B. Lovelace" → "Lovelace, Ada B."; what has a comma or one word stays."""
    given, _, family = name.rpartition(" ")
    return name if "," in name or not given else f"{family}, {given}"


def _csl_name(name: str) -> dict[str, str]:
    family, comma, given = _turned(name).partition(", ")
    return {"family": family, "given": given} if comma else {"literal": name}


def _line(value: str) -> str:
    return " ".join(value.split())


def _cell(value: Any) -> str:
    text = "; ".join(value) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(values: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)
    return buffer.getvalue()
