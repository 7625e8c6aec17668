"""The vocabularies of a data folder: loaded once, kept ready, and the reader made from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ingest.journal.database import Database
from nlp.lexicon import tables_hash
from nlp.matcher import FORMAT, Matcher
from nlp.trained_labels import SUPPLEMENT, packaged
from ontology.errors import SettingsError, VocabularyError
from ontology.files import write_whole
from ontology.namespaces import Base
from ontology.packages import file_sha256
from ontology.reading import Maker
from ontology.scheme import Concept, Label, Scheme
from ontology.vocabularies.base import load_vocabulary
from ontology.vocabularies.cache import load_scheme, save_scheme
from ontology.vocabularies.mesh import MESH

if TYPE_CHECKING:
    from nlp.reader import Reader


EXTRACTOR: Final = "extractor"
"""Folder below the data folder: the extractor that `gnomon train extractor` made, used where it lies."""
TOPICS = "models/topics.model"
"""File below the data folder: what `gnomon train topics` learned, used where it lies."""
CURATED = "curated"
"""Name of the scheme that curators' verdicts make (`api.curated`), which writes itself to the graph."""


def _also(concept: Concept, other: Concept) -> Concept:
    """The concept with the labels of the other, too."""
    return msgspec.structs.replace(concept, labels=tuple(dict.fromkeys((*concept.labels, *other.labels))))


def _like(scheme: Scheme, concepts: Iterable[Concept]) -> Scheme:
    return Scheme(scheme.iri, scheme.name, concepts, title=scheme.title, version=scheme.version, license=scheme.license)


def reader_for(matcher_file: Path, base: Base) -> Reader:
    """The reader of a kept matcher, minting what it finds under `base`; with the data folder's extractor and model
    of topics, where there are any."""
    from nlp.entities import EntitySettings
    from nlp.joint.extractor_training import load_if_there
    from nlp.reader import Reader, ReaderSettings  # bring spaCy: seconds that metadata alone does not need
    from nlp.subjects.lesson import TopicModel

    extractor, key = load_if_there(matcher_file.parents[1] / EXTRACTOR)
    settings = ReaderSettings(entities=EntitySettings(base=base.iri, extractor=key))
    topics_file = matcher_file.parents[1] / TOPICS
    learned = TopicModel.load(topics_file) if TopicModel.version_at(topics_file) else None
    return Reader(Matcher.load(matcher_file), settings, extractor, learned)


class Library:
    """`<data>/vocabularies`: one file for each scheme, and an index that names their origins."""

    def __init__(self, data: Path, base: Base) -> None:
        self._folder = data / "vocabularies"
        self.topics_file = data / TOPICS
        """Where the model that the catalogue's subjects taught is kept, where there is one."""
        self._index_file = self._folder / "index.json"
        self._base = base
        self._index: dict[str, dict[str, str]] = {}
        if self._index_file.exists():
            self._index = json.loads(self._index_file.read_text("utf-8"))
        self._schemes: dict[str, Scheme] = {}
        self._ancestors: dict[str, tuple[str, ...]] = {}
        self.faults: list[VocabularyError] = []

    def add(self, paths: Iterable[Path]) -> int:
        """Take in vocabulary files whose content is not known yet; returns how many were new.

        A file that cannot be loaded raises VocabularyError; broken parts of one that can are in
        `faults`. A file with the name of a known scheme replaces it.
        """
        added = 0
        for path in paths:
            if not path.is_file():
                raise SettingsError("no such vocabulary file", place=str(path))
            hashed = file_sha256(path)
            if any(entry["sha256"] == hashed for entry in self._index.values()):
                continue
            scheme = load_vocabulary(path, self._base)
            self.faults += scheme.faults
            self._keep(scheme, hashed, path.name)
            added += 1
        self._supplement()
        return added

    def _keep(self, scheme: Scheme, hashed: str, file: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        save_scheme(scheme, self._folder / f"{scheme.name}.scheme")
        self._index[scheme.name] = {"sha256": hashed, "file": file, "iri": scheme.iri}
        self._schemes[scheme.name] = scheme
        self._save_index()

    def _supplement(self) -> None:
        """Beside MeSH, the diseases that annotated abstracts name and its descriptors lack."""
        mesh = next((entry for entry in self._index.values() if entry["iri"] == MESH), None)
        hashed = f"{mesh['sha256'] if mesh else ''}-{tables_hash()}"
        if mesh and self._index.get(SUPPLEMENT, {}).get("sha256") != hashed:
            known = next(scheme for scheme in self.schemes if scheme.iri == MESH).concepts
            self._keep(packaged().supplement(known), hashed, "nlp/data/trained_labels.tsv")

    def curate(self, scheme: Scheme, names: Mapping[str, tuple[Label, ...]], hashed: str) -> None:
        """Take in the terms that curators accepted: concepts of their own, and more names for those of others."""
        if self._index.get(scheme.name, {}).get("sha256") == hashed:
            return
        others = [Concept(iri=iri, labels=labels) for iri, labels in names.items()]
        kept = Scheme(scheme.iri, scheme.name, [*scheme, *others], title=scheme.title)
        if len(kept):
            self._keep(kept, hashed, "curators' verdicts")
        elif self._index.pop(scheme.name, None):
            self._schemes.pop(scheme.name, None)
            self._save_index()

    def _save_index(self) -> None:
        write_whole(self._index_file, json.dumps(self._index, indent=1, sort_keys=True).encode())

    @property
    def names(self) -> list[str]:
        """The curators' own first: what others say of a concept that it names too counts more."""
        return sorted(self._index, key=lambda name: (self._index[name]["iri"] != self._base.scheme(CURATED), name))

    def scheme(self, name: str) -> Scheme:
        """The scheme called `name`; KeyError for one that is not here."""
        if name not in self._schemes:
            if name not in self._index:
                raise KeyError(name)
            self._schemes[name] = load_scheme(self._folder / f"{name}.scheme")
        return self._schemes[name]

    @property
    def schemes(self) -> list[Scheme]:
        return [self.scheme(name) for name in self.names]

    @cached_property
    def labels(self) -> dict[str, str]:
        """Concept IRI → preferred label, over all schemes."""
        return {concept.iri: concept.name() for scheme in self.schemes for concept in scheme}

    def ancestors(self, iri: str) -> tuple[str, ...]:
        """Every concept above this one, in any scheme that has it, the nearest first."""
        if iri not in self._ancestors:
            above = (up for scheme in self.schemes if iri in scheme.concepts for up in scheme.ancestors(iri))
            self._ancestors[iri] = tuple(dict.fromkeys(above))
        return self._ancestors[iri]

    @property
    def matcher_file(self) -> Path:
        """Where the matcher of exactly these vocabularies is kept."""
        parts = {name: entry["sha256"] for name, entry in self._index.items()}
        hashes = json.dumps([FORMAT, tables_hash(), parts], sort_keys=True)
        return self._folder / f"{blake2b(hashes.encode(), digest_size=8).hexdigest()}.matcher"

    def prepare_matcher(self) -> Path:
        """Make the matcher where it is missing and drop those of other sets of vocabularies."""
        file = self.matcher_file
        if not file.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            Matcher.build(self._dictionary()).save(file)
            for old in self._folder.glob("*.matcher"):
                if old != file:
                    old.unlink()
        return file

    def _dictionary(self) -> list[Scheme]:
        """The schemes, with the names that curators gave to their concepts."""
        own = next((scheme for scheme in self.schemes if scheme.iri == self._base.scheme(CURATED)), None)
        if own is None:
            return self.schemes
        others = [scheme for scheme in self.schemes if scheme is not own]
        elsewhere = own.concepts.keys() & {iri for scheme in others for iri in scheme.concepts}
        named = [
            _like(scheme, [_also(c, own.concepts[c.iri]) if c.iri in elsewhere else c for c in scheme])
            for scheme in others
        ]
        return [*named, _like(own, [concept for concept in own if concept.iri not in elsewhere])]

    @cached_property
    def reader(self) -> Reader:
        """A reader for these vocabularies, in this process."""
        return reader_for(self.prepare_matcher(), self._base)

    @property
    def maker(self) -> Maker:
        return self.reader.maker

    def stale(self, database: Database) -> list[Scheme]:
        """Schemes whose present content is not in the graph."""
        written = json.loads(database.meta("schemes", "{}"))
        stale = [name for name in self.names if written.get(name) != self._index[name]["sha256"]]
        return [self.scheme(name) for name in stale if self._index[name]["iri"] != self._base.scheme(CURATED)]

    def wrote(self, database: Database, scheme: Scheme) -> None:
        written = json.loads(database.meta("schemes", "{}"))
        written[scheme.name] = self._index[scheme.name]["sha256"]
        with database.transaction():
            database.set_meta("schemes", json.dumps(written, sort_keys=True))
