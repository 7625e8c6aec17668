"""The vocabularies of a data folder: loaded once, kept ready, and the reader made from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ingest.journal.database import Database
from nlp.dictionary import FORMAT
from nlp.lexicon import tables_hash
from nlp.matcher import Matcher
from nlp.revising import Views, reach, revised
from nlp.trained_labels import SUPPLEMENT, packaged
from ontology.curation.book import CurationBook
from ontology.curation.comparing import Change
from ontology.curation.desk import Desk, with_head
from ontology.errors import SettingsError, VocabularyError
from ontology.files import write_whole
from ontology.namespaces import Base
from ontology.packages import file_sha256
from ontology.reading import Maker
from ontology.scheme import Scheme
from ontology.vocabularies.base import HEAD_BYTES, DescribedFile, load_vocabulary, recognised
from ontology.vocabularies.cache import load_scheme, save_scheme
from ontology.vocabularies.columns import Columns
from ontology.vocabularies.mesh import MESH

if TYPE_CHECKING:
    from nlp.reader import Reader


EXTRACTOR: Final = "extractor"
"""Folder below the data folder: the extractor that `gnomon train extractor` made, used where it lies."""
TOPICS = "models/topics.model"
"""File below the data folder: what `gnomon train topics` learned, used where it lies."""
CURATED: Final = "curated"
"""Name of the curators' own vocabulary, which has no file."""
_GRAPH_LAYOUT: Final = "2"
"""Raised when the lines of vocabularies are divided among owners in another way."""


def reader_for(matcher_file: Path, base: Base, matcher: Matcher | None = None) -> Reader:
    """The reader of a kept matcher (or of the one given, in its place), minting what it finds under `base`; with the
    data folder's extractor and model of topics, where there are any."""
    from nlp.entities import EntitySettings
    from nlp.joint.extractor_training import load_if_there
    from nlp.reader import Reader, ReaderSettings  # bring spaCy: seconds that metadata alone does not need
    from nlp.subjects.lesson import TopicModel

    extractor, key = load_if_there(matcher_file.parents[1] / EXTRACTOR)
    settings = ReaderSettings(entities=EntitySettings(base=base.iri, extractor=key))
    topics_file = matcher_file.parents[1] / TOPICS
    learned = TopicModel.load(topics_file) if TopicModel.version_at(topics_file) else None
    return Reader(matcher or Matcher.load(matcher_file), settings, extractor, learned)


class Library:
    """`<data>/vocabularies`: one file for each scheme, and an index that names their origins. What curators changed
    (`curation.sqlite`) is laid over the files.

    `numbers` are versions, by scheme; without them the newest ones of the moment when the library is opened.
    """

    def __init__(self, data: Path, base: Base, numbers: Mapping[str, int] | None = None) -> None:
        self._folder = data / "vocabularies"
        self.topics_file = data / TOPICS
        """Where the model that the catalogue's subjects taught is kept, where there is one."""
        self.book = CurationBook(data / "curation.sqlite")
        self.numbers = dict(self.book.numbers() if numbers is None else numbers)
        self._index_file = self._folder / "index.json"
        self._base = base
        self._index: dict[str, dict[str, str]] = {}
        if self._index_file.exists():
            self._index = json.loads(self._index_file.read_text("utf-8"))
            self._index.pop(CURATED, None)  # as older versions kept it
        self._files: dict[str, Scheme] = {}
        self._schemes: dict[str, Scheme] = {}
        self._ancestors: dict[str, tuple[str, ...]] = {}
        self.faults: list[VocabularyError] = []

    def add(self, files: Iterable[Path | DescribedFile]) -> int:
        """Take in vocabulary files whose content is not known yet; returns how many were new.

        A file that cannot be loaded raises VocabularyError; broken parts of one that can are in
        `faults`. A file with the name of a known scheme replaces it. What was said of a table's columns holds for
        later files of its name.
        """
        added = 0
        for given in files:
            path = given.path if isinstance(given, DescribedFile) else given
            columns = given.columns if isinstance(given, DescribedFile) else self._columns_of(path)
            if not path.is_file():
                raise SettingsError("no such vocabulary file", place=str(path))
            said = msgspec.json.encode(columns).decode() if columns else ""
            hashed = file_sha256(path) + (f"-{blake2b(said.encode(), digest_size=8).hexdigest()}" if said else "")
            if any(entry["sha256"] == hashed for entry in self._index.values()):
                continue
            scheme = load_vocabulary(path, self._base, columns=columns)
            self.faults += scheme.faults
            self._keep(scheme, hashed, path.name, said)
            added += 1
        self._supplement()
        return added

    def columns(self, name: str) -> Columns | None:
        """What was said of the columns of the table that a scheme was read from."""
        said = self._index.get(name, {}).get("columns", "")
        return msgspec.json.decode(said, type=Columns) if said else None

    def _columns_of(self, path: Path) -> Columns | None:
        """What was said of an earlier file of this name, unless it is of a kind that needs no words now."""
        found = next((self.columns(name) for name, entry in self._index.items() if entry["file"] == path.name), None)
        if found is not None:
            with path.open("rb") as file:
                return None if recognised(file.read(HEAD_BYTES)) else found
        return None

    def _keep(self, scheme: Scheme, hashed: str, file: str, columns: str = "") -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if scheme.name in self.numbers:
            self._bring_together(scheme, file)
        save_scheme(scheme, self._folder / f"{scheme.name}.scheme")
        self._index[scheme.name] = {"sha256": hashed, "file": file, "iri": scheme.iri}
        if columns:
            self._index[scheme.name]["columns"] = columns
        self._files[scheme.name] = scheme
        self._schemes.pop(scheme.name, None)
        self._save_index()

    def _bring_together(self, scheme: Scheme, file: str) -> None:
        """A newer edition of a vocabulary that curators changed: their work stays, what does not fit is told."""
        desk = Desk(self.book, self.file, self._base.concept)
        for conflict in desk.reload(scheme.name, self.file(scheme.name), scheme, "gnomon build", f"edition of {file}"):
            self.faults.append(
                VocabularyError(
                    f"{file} and curators changed {conflict.what}: the curators' word stays", place=conflict.concept
                )
            )
        self.numbers = self.book.numbers()

    def _supplement(self) -> None:
        """Beside MeSH, the diseases that annotated abstracts name and its descriptors lack."""
        mesh = next((entry for entry in self._index.values() if entry["iri"] == MESH), None)
        if mesh is None:
            return
        hashed = f"{mesh['sha256']}-{tables_hash()}"
        if self._index.get(SUPPLEMENT, {}).get("sha256") != hashed:
            known = next(self.file(name) for name in self._index if self._index[name]["iri"] == MESH).concepts
            self._keep(packaged().supplement(known), hashed, "nlp/data/trained_labels.tsv")

    def _save_index(self) -> None:
        write_whole(self._index_file, json.dumps(self._index, indent=1, sort_keys=True).encode())

    @property
    def names(self) -> list[str]:
        """All that were loaded, and last the curators' own, which may be empty."""
        return [*sorted(self._index), CURATED]

    def file(self, name: str) -> Scheme:
        """The scheme called `name` as its file has it; KeyError for one that is not here."""
        if name == CURATED:
            return Scheme(self._base.scheme(CURATED), CURATED, (), title="Terms accepted by curators")
        if name not in self._files:
            if name not in self._index:
                raise KeyError(name)
            self._files[name] = load_scheme(self._folder / f"{name}.scheme")
        return self._files[name]

    def scheme(self, name: str) -> Scheme:
        """The scheme called `name`, with what curators changed; KeyError for one that is not here."""
        if name not in self._schemes:
            file, number = self.file(name), self.numbers.get(name, 0)
            self._schemes[name] = with_head(file, self.book.head(name, number)) if number else file
        return self._schemes[name]

    def as_of(self, numbers: Mapping[str, int]) -> list[Scheme]:
        """The schemes in other versions, in the order of `names`."""
        return [
            self.scheme(name)
            if numbers.get(name, 0) == self.numbers.get(name, 0)
            else with_head(self.file(name), self.book.head(name, numbers.get(name, 0)))
            for name in self.names
        ]

    def changed_since(self, numbers: Mapping[str, int]) -> dict[str, list[Change]]:
        """Scheme → what curators changed since these versions."""
        pairs = {name: (numbers.get(name, 0), self.numbers.get(name, 0)) for name in self.names}
        return {name: self.book.changes(name, *pair) for name, pair in pairs.items() if pair[0] != pair[1]}

    @property
    def schemes(self) -> list[Scheme]:
        return [self.scheme(name) for name in self.names]

    @cached_property
    def labels(self) -> dict[str, str]:
        """Concept IRI → preferred label, over all schemes."""
        return {concept.iri: concept.name() for scheme in self.schemes for concept in scheme}

    @cached_property
    def counterparts(self) -> dict[str, tuple[str, ...]]:
        """Concept IRI → concepts of other vocabularies that exact mappings, its own or theirs, say are the same."""
        found: dict[str, dict[str, None]] = {}
        for scheme in self.schemes:
            for one, other in ((concept.iri, iri) for concept in scheme for iri in concept.exact):
                if other in self.labels and other not in scheme.concepts:
                    found.setdefault(one, {})[other] = None
                    found.setdefault(other, {})[one] = None
        return {iri: tuple(sorted(others)) for iri, others in found.items()}

    def ancestors(self, iri: str) -> tuple[str, ...]:
        """Every concept above this one, in any scheme that has it, the nearest first."""
        if iri not in self._ancestors:
            above = (up for scheme in self.schemes if iri in scheme.concepts for up in scheme.ancestors(iri))
            self._ancestors[iri] = tuple(dict.fromkeys(above))
        return self._ancestors[iri]

    @property
    def matcher_file(self) -> Path:
        """Where the matcher of exactly these vocabularies is kept."""
        return self._folder / f"{blake2b(self._edition.encode(), digest_size=8).hexdigest()}.matcher"

    @property
    def _edition(self) -> str:
        """What the matcher depends on: files, and versions of those that curators changed."""
        parts = {name: entry["sha256"] for name, entry in self._index.items()}
        return json.dumps([[FORMAT, tables_hash(), parts], self.numbers], sort_keys=True)

    def prepare_matcher(self) -> Path:
        """Make the matcher where it is missing and drop those of other sets of vocabularies."""
        file = self.matcher_file
        if not file.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            matcher = self._from_older() or Matcher.build(self.schemes, None, self.editions, self._edition)
            matcher.save(file)
            for old in self._folder.glob("*.matcher"):
                if old != file:
                    old.unlink(missing_ok=True)
        return file

    @property
    def editions(self) -> list[Scheme]:
        """The schemes without curators' changes, in the order of `names`."""
        return [self.file(name) for name in self.names]

    def _from_older(self) -> Matcher | None:
        """The matcher made of one for the same files and other versions, which takes no time."""
        for path in self._folder.glob("*.matcher"):
            with suppress(VocabularyError, OSError, ValueError):
                old = Matcher.load(path)
                files, numbers = json.loads(old.edition)
                if files == json.loads(self._edition)[0]:
                    changed = [change.iri for found in self.changed_since(numbers).values() for change in found]
                    views = Views(self.as_of(numbers), self.schemes, self.editions)
                    return revised(old, views, reach(views, changed), self._edition)
        return None

    @cached_property
    def reader(self) -> Reader:
        """A reader for these vocabularies, in this process."""
        return reader_for(self.prepare_matcher(), self._base)

    @property
    def maker(self) -> Maker:
        return self.reader.maker

    def stale(self, database: Database) -> list[tuple[Scheme, frozenset[str] | None]]:
        """Schemes whose present content is not in the graph, with the concepts that are otherwise there (None: all)."""
        written = json.loads(database.meta("schemes", "{}"))
        found: list[tuple[Scheme, frozenset[str] | None]] = []
        for name in self.names:
            layout, _, number = str(written.get(name, "")).rpartition("+")
            if layout != self._written_as(name):
                found.append((self.scheme(name), None))
            elif int(number) != self.numbers.get(name, 0):
                changed = self.book.changes(name, int(number), self.numbers.get(name, 0))
                found.append((self.scheme(name), frozenset(change.iri for change in changed)))
        return [(scheme, some) for scheme, some in found if len(scheme) or some or scheme.name in written]

    def _written_as(self, name: str) -> str:
        return f"{_GRAPH_LAYOUT}:{self._index[name]['sha256'] if name in self._index else ''}"

    def wrote(self, database: Database, scheme: Scheme) -> None:
        written = json.loads(database.meta("schemes", "{}"))
        written[scheme.name] = f"{self._written_as(scheme.name)}+{self.numbers.get(scheme.name, 0)}"
        with database.transaction():
            database.set_meta("schemes", json.dumps(written, sort_keys=True))
