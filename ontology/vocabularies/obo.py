"""OBO ontologies in their flat file format (OBO 1.2 and 1.4): the stanzas [Term].

The hierarchy is `is_a`; other relations are passed over. CURIEs become the PURLs of the OBO Foundry, cross-references
to MeSH close matches, as in OBO Graphs (`obograph`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ontology.scheme import Concept, Label, Match, Scheme
from ontology.vocabularies.assemble import assemble
from ontology.vocabularies.base import VocabularyFile
from ontology.vocabularies.mesh import MESH
from ontology.vocabularies.obograph import PURL

_HEAD: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:!.*\n)*(?:format-version:|\[Term\]\s*\n)")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(\w*)')
_ESCAPED: Final = re.compile(r"\\(.)")
_MESH_ID: Final = re.compile(r"(?:MSH|MESH):([DC]\d{6,9})\b")
_COMMENT: Final = re.compile(r"\s+!.*$|\s*\{[^{}\"]*\}\s*$")
_KINDS: Final = {"EXACT": "alt", "NARROW": "alt"}
Tags = dict[str, list[str]]


class OboReader:
    """Reads OBO flat files."""

    def recognises(self, head: bytes) -> bool:
        return _HEAD.match(head) is not None

    def read(self, file: VocabularyFile) -> Scheme:
        header, terms = _stanzas(file.text())
        name = file.named(next(iter(header.get("ontology", [])), ""))
        version = next(iter(header.get("data-version", [])), "")
        concepts = [concept for tags in terms if (concept := _concept(tags))]
        return assemble(
            file, concepts, iri=f"{PURL}{name}.owl", name=name, title=next(iter(header.get("ontology", [])), ""),
            version=version,
        )  # fmt: skip


READER: Final = OboReader()


def _stanzas(text: str) -> tuple[Tags, list[Tags]]:
    """The header, and the terms, each with the values of its tags."""
    header: Tags = defaultdict(list)
    terms: list[Tags] = []
    here: Tags | None = header
    for line in text.splitlines():
        if line.startswith("["):
            here = defaultdict(list) if line.strip() == "[Term]" else None
            if here is not None:
                terms.append(here)
        elif here is not None and ":" in line:
            tag, _, value = line.partition(":")
            here[tag.strip()].append(value.strip())
    return header, terms


def _concept(tags: Tags) -> Concept | None:
    if not tags.get("id"):
        return None
    return Concept(
        iri=_iri(tags["id"][0]), labels=tuple(_labels(tags)), broader=tuple(map(_iri, tags.get("is_a", ()))),
        definition=next((text for value in tags.get("def", ()) for text, _ in _texts(value)), ""),
        notation=_plain(tags["id"][0]), deprecated=tags.get("is_obsolete", [""])[0].startswith("true"),
        replaced_by=next(map(_iri, tags.get("replaced_by", ())), ""),
        matches=tuple(Match(f"{MESH}/{code}") for code in dict.fromkeys(_mesh(tags))),
    )  # fmt: skip


def _labels(tags: Tags) -> Iterator[Label]:
    yield from (Label(_ESCAPED.sub(r"\1", _COMMENT.sub("", name))) for name in tags.get("name", ())[:1])
    for value in tags.get("synonym", ()):
        for text, scope in _texts(value):
            yield Label(text, "en", _KINDS.get(scope, "hidden"))


def _texts(value: str) -> Iterator[tuple[str, str]]:
    """The quoted text a value begins with, and the word behind it."""
    if found := _QUOTED.match(value):
        yield _ESCAPED.sub(lambda m: {"n": " ", "t": " ", "W": " "}.get(m[1], m[1]), found[1]), found[2]


def _mesh(tags: Tags) -> Iterator[str]:
    for value in tags.get("xref", ()):
        yield from _MESH_ID.findall(value)


def _plain(value: str) -> str:
    return _COMMENT.sub("", value).split(" ", 1)[0]


def _iri(value: str) -> str:
    curie = _plain(value)
    return curie if curie.startswith(("http://", "https://")) else PURL + curie.replace(":", "_", 1)
