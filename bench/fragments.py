"""`python -m bench.fragments FILE… [--width N] [--lost] [--kinds KIND…]`: full texts as they were cut, for the eye.

Prints for each record the tree of its fragments (kind, path, role, label, title, the references a marker denotes, the
beginning and end of the text), its references, what was left out and why, and then the passages of the source (texts of
XML elements, strings of JSON) of four words or more that stand nowhere in the record. `--lost` prints those alone;
`--kinds` only fragments of these kinds.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from lxml import etree

from ingest.formats.detect import detect
from ingest.sources.files import FilesSource
from ontology.records import Document, Fragment, Payload, Record

_FEWEST = 4
_ASIDE = frozenset(
    {
        "permissions", "license", "copyright-statement", "email", "corresp", "author-notes", "contrib-id", "aff",
        "institution-id", "institution-wrap", "publisher-loc", "publisher", "object-id", "custom-meta-group",
        "tex-math", "journal-meta", "processing-meta", "contrib-group", "related-article",
    }
)  # fmt: skip
"""Elements that say nothing of the work's text."""
_WORD = re.compile(r"\w+")


def tree(document: Document, width: int, kinds: Sequence[str]) -> Iterator[str]:
    """One line for each fragment but cells, in order of the text, further in the deeper it lies."""
    for one in sorted(document.fragments, key=lambda f: (f.begin, -f.end, f.path.count("/"))):
        if one.kind != "cell" and (not kinds or one.kind in kinds):
            yield f"{'  ' * one.path.count('/')}{one.kind} {one.path}{_facts(one)} {_shown(document, one, width)}"
    cells = sum(one.kind == "cell" for one in document.fragments)
    yield f"cells: {cells}" if cells else "no cells"
    yield from (f"note: {note}" for note in document.notes)


def _facts(one: Fragment) -> str:
    facts = {
        "role": one.role, "label": one.label, "title": one.title, "refs": " ".join(one.refs), "url": one.url,
        "language": one.language,
    }  # fmt: skip
    return "".join(f" {name}={value!r}" for name, value in facts.items() if value)


def _shown(document: Document, one: Fragment, width: int) -> str:
    text = document.text[one.begin : one.end].replace("\n", " ⏎ ")
    return text if len(text) <= width else f"{text[: width // 2]} … {text[-(width // 2) :]}"


def lost(record: Record, payload: Payload) -> Iterator[str]:
    """Passages of the source that the record has nowhere, as words alone can tell."""
    kept = " ".join(_words(msgspec.json.encode(record).decode()))
    if record.document is not None:
        kept += " " + " ".join(_words(record.document.text))
    for passage in passages(payload.body):
        words = _words(passage)
        if len(words) >= _FEWEST and " ".join(words) not in kept:
            yield " ".join(passage.split())


def passages(body: bytes) -> Iterator[str]:
    """Texts of XML elements between tags, or strings of a JSON value."""
    if body.lstrip()[:1] in (b"{", b"["):
        yield from _strings(msgspec.json.decode(body))
        return
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True)
    for element in etree.fromstring(body, parser).iter(etree.Element):
        if not {etree.QName(up).localname for up in (element, *element.iterancestors())} & _ASIDE:
            yield element.text or ""
        yield element.tail or ""


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--width", type=int, default=120, help="characters of each fragment's text")
    parser.add_argument("--kinds", nargs="*", default=[])
    parser.add_argument("--lost", action="store_true")
    given = parser.parse_args()
    for payload in FilesSource("fragments", given.files).harvest():
        if not isinstance(payload, Payload):
            continue
        for record in detect(payload).parse(payload):
            if isinstance(record, Record):
                print(f"\n==== {payload.locator} {record.key} [{record.publisher}] {record.title}")
                if not given.lost:
                    show(record, given.width, given.kinds)
                print(*(f"lost: {passage[:200]}" for passage in lost(record, payload)), sep="\n")


def show(record: Record, width: int, kinds: Sequence[str]) -> None:
    if record.document is not None:
        print(*tree(record.document, width, kinds), sep="\n")
    print(*(f"reference {ref.key}: {ref.title or ref.raw[:100]}" for ref in record.references), sep="\n")


if __name__ == "__main__":
    main()
