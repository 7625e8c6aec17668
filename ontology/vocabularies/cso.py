"""The Computer Science Ontology as a table of triples.

Two editions circulate: the published CSV (comma, IRIs in angle brackets, properties of the CSO
schema) and the one of the CSO classifier (semicolon, bare labels, properties of Klink-2). In both,
"A broaderGeneric B" and "A superTopicOf B" say that A is the broader one (Osborne and Motta,
Klink-2, ISWC 2015; Salatino et al., The Computer Science Ontology, Data Intelligence 2020).
Topics declared equivalent become one concept: its IRI is the preferred topic's, the others are
alternative labels and exact matches. A contribution ("A contributentTo B") becomes a related
concept, unless one of the two lies above the other (SKOS S27).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, unquote

from ontology.errors import VocabularyError
from ontology.scheme import Concept, Label, Scheme
from ontology.vocabularies.assemble import assemble
from ontology.vocabularies.base import VocabularyFile

TOPICS: Final = "https://cso.kmi.open.ac.uk/topics/"

_PROPERTIES: Final = {
    "broaderGeneric": "broader",
    "superTopicOf": "broader",
    "relatedEquivalent": "same",
    "preferentialEquivalent": "preferred",
    "primaryLabel": "preferred",
    "contributesTo": "related",
    "contributentTo": "related",
    "label": "label",
    "type": "type",
}
_KNOWN: Final = re.compile(rb"(?:klink:|schema/cso#)(?:%s)\b" % "|".join(_PROPERTIES).encode())
_TABLE: Final = re.compile(rb'^(?:"?<|[^;,\n]{1,200};\s*"?klink:|"[^"\n]{1,200}";\s*"?klink:)')

Pairs = list[tuple[str, str]]


class CsoReader:
    """Reads both editions of the CSO table."""

    def recognises(self, head: bytes) -> bool:
        return bool(_KNOWN.search(head) and _TABLE.match(head.lstrip(b"\xef\xbb\xbf")))

    def read(self, file: VocabularyFile) -> Scheme:
        faults: list[VocabularyError] = []
        table = _statements(file, faults)
        same = _representatives(table)
        topics = {topic for pairs in (table["type"], table["broader"], table["same"]) for topic, _ in pairs}
        topics.update(other for _, other in (*table["broader"], *table["same"]))
        name = file.named("cso")
        return assemble(
            file,
            _concepts(topics, same, table),
            iri=file.base.scheme(name),
            name=name,
            title="Computer Science Ontology",
            license="https://creativecommons.org/licenses/by/4.0/",
            faults=faults,
        )


READER: Final = CsoReader()


def _statements(file: VocabularyFile, faults: list[VocabularyError]) -> dict[str, Pairs]:
    """Pairs of topic names for each kind of statement."""
    text = file.text()
    first = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in first and "<" not in first else ",")
    table: dict[str, Pairs] = {kind: [] for kind in dict.fromkeys(_PROPERTIES.values())}
    try:
        for row in rows:
            if len(row) != 3:
                if row:
                    faults.append(file.error(f"a row of {len(row)} cells, not 3, was left out", line=rows.line_num))
                continue
            kind = _PROPERTIES.get(re.split(r"[#:/]", row[1].strip("<> "))[-1])
            if kind:
                table[kind].append((_topic(row[0]), _topic(row[2])))
    except csv.Error as error:
        raise file.error(f"the table is broken: {error}", line=rows.line_num) from error
    return table


def _topic(cell: str) -> str:
    """The topic's name: an IRI's last part decoded, a plain label as it is."""
    cell = cell.strip()
    if cell.startswith("<"):
        cell = unquote(cell.strip("<>").removeprefix(TOPICS)).replace("_", " ")
    return cell.removesuffix("@en .").strip()


def _representatives(table: dict[str, Pairs]) -> dict[str, str]:
    """Topic → the topic that stands for all that are equivalent to it.

    The preferred one as the table says; without a word on that, the first in the alphabet.
    """
    leader: dict[str, str] = {}

    def find(topic: str) -> str:
        while (above := leader.get(topic, topic)) != topic:
            leader[topic] = topic = leader.get(above, above)
        return topic

    for one, other in (*table["same"], *table["preferred"]):
        low, high = sorted((find(one), find(other)))
        leader[high] = low
    chosen: dict[str, str] = {}
    for _, best in sorted(table["preferred"]):
        chosen.setdefault(find(best), best)
    return {
        topic: chosen.get(find(topic), find(topic)) for pair in table["same"] + table["preferred"] for topic in pair
    }


def _concepts(topics: Iterable[str], same: dict[str, str], table: dict[str, Pairs]) -> Iterator[Concept]:
    groups: dict[str, list[str]] = {}
    for topic in sorted(topics):
        groups.setdefault(same.get(topic, topic), []).append(topic)
    broader = _links(((lower, upper) for upper, lower in table["broader"]), same)
    related = _links(table["related"], same)
    for chief, members in groups.items():
        others = [member for member in members if member != chief]
        above = _reach(chief, broader)
        yield Concept(
            iri=_iri(chief),
            labels=(Label(chief), *(Label(other, kind="alt") for other in others)),
            broader=tuple(_iri(one) for one in sorted(broader.get(chief, ()))),
            related=tuple(
                _iri(one)
                for one in sorted(related.get(chief, ()))
                if one in groups and one not in above and chief not in _reach(one, broader)
            ),
            exact=tuple(_iri(other) for other in others),
        )


def _links(pairs: Iterable[tuple[str, str]], same: dict[str, str]) -> dict[str, set[str]]:
    table: dict[str, set[str]] = {}
    for one, other in pairs:
        one, other = same.get(one, one), same.get(other, other)
        if one != other:
            table.setdefault(one, set()).add(other)
    return table


def _reach(start: str, broader: dict[str, set[str]]) -> set[str]:
    """Everything above `start`."""
    seen: set[str] = set()
    frontier = {start}
    while frontier:
        frontier = {above for one in frontier for above in broader.get(one, ())} - seen
        seen |= frontier
    return seen


def _iri(topic: str) -> str:
    return TOPICS + quote(topic.replace(" ", "_"), safe="")
