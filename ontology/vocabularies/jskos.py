"""JSKOS: concepts as JSON, one a line, in an array, or under `concepts` (gbv.github.io/jskos)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from ontology.errors import VocabularyError
from ontology.scheme import Concept, Label, Scheme
from ontology.vocabularies.assemble import assemble
from ontology.vocabularies.base import VocabularyFile

_HEAD: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*[\[{].*"prefLabel"\s*:\s*\{', re.S)

Texts = dict[str, str | None]
Lists = dict[str, list[str | None] | str | None]


class _Link(msgspec.Struct):
    uri: str = ""


class _Item(msgspec.Struct, rename="camel"):
    """The fields of a JSKOS item that are used here; others are passed over."""

    uri: str = ""
    pref_label: Texts = {}
    alt_label: Lists = {}
    hidden_label: Lists = {}
    definition: Lists = {}
    notation: list[str | None] = []
    broader: list[_Link | None] = []
    related: list[_Link | None] = []
    in_scheme: list[_Link | None] = []
    top_concept_of: list[_Link | None] = []
    replaced_by: list[_Link | None] = []
    deprecated: bool = False


class _Envelope(msgspec.Struct):
    concepts: list[_Item]


class JskosReader:
    """Reads JSKOS concepts."""

    def recognises(self, head: bytes) -> bool:
        return _HEAD.match(head) is not None and b'"uri"' in head and b'"@context"' not in head

    def read(self, file: VocabularyFile) -> Scheme:
        faults: list[VocabularyError] = []
        items = list(_items(file, faults))
        name = file.named()
        schemes = Counter(link.uri for item in items for link in (*item.in_scheme, *item.top_concept_of) if link)
        del schemes[""]
        return assemble(
            file,
            (_concept(item) for item in items),
            iri=min(schemes, key=lambda one: (-schemes[one], one)) if schemes else file.base.scheme(name),
            name=name,
            faults=faults,
        )


READER: Final = JskosReader()


def _items(file: VocabularyFile, faults: list[VocabularyError]) -> Iterator[_Item]:
    body = file.body.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        items = msgspec.json.decode(body, type=list[_Item] | _Envelope)
        yield from _with_iri(file, items.concepts if isinstance(items, _Envelope) else items, faults)
        return
    except RecursionError as error:
        raise file.error("the JSON is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if body.startswith(b"["):
            raise file.error(f"the JSON is broken: {error}") from error
    for number, row in enumerate(body.split(b"\n"), start=1):
        if row.strip():
            try:
                yield from _with_iri(file, [msgspec.json.decode(row, type=_Item)], faults, number)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                faults.append(file.error(f"a row that is no JSKOS item was left out: {error}", line=number))


def _with_iri(
    file: VocabularyFile, items: list[_Item], faults: list[VocabularyError], line: int = 0
) -> Iterator[_Item]:
    for item in items:
        if item.uri:
            yield item
        else:
            faults.append(file.error("an item without uri was left out", line=line))


def _concept(item: _Item) -> Concept:
    labels = [Label(text, tag.lower()) for tag, text in item.pref_label.items() if text and tag != "-"]
    for kind, table in (("alt", item.alt_label), ("hidden", item.hidden_label)):
        labels.extend(Label(text, tag.lower(), kind) for tag, text in _flat(table))
    definitions = dict(reversed(list(_flat(item.definition))))
    return Concept(
        iri=item.uri,
        labels=tuple(labels),
        broader=_uris(item.broader),
        related=_uris(item.related),
        definition=definitions.get("en") or next(iter(definitions.values()), ""),
        notation=next((one for one in item.notation if one), ""),
        deprecated=item.deprecated,
        replaced_by=next(iter(_uris(item.replaced_by)), ""),
    )


def _flat(table: Lists) -> Iterator[tuple[str, str]]:
    for tag, texts in table.items():
        for text in [texts] if isinstance(texts, str) else texts or ():
            if text:
                yield tag, text


def _uris(links: list[_Link | None]) -> tuple[str, ...]:
    return tuple(link.uri for link in links if link and link.uri)
