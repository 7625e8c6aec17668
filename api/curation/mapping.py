"""Which concepts of two vocabularies are the same: offered, proposed, accepted, turned down; in and out as SSSOM."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from api.command import run_command
from api.curation.curator import Curator
from api.curation.mapped import (
    KIND_OF,
    Alignments,
    Decided,
    Decision,
    Homes,
    Mappings,
    MappingView,
    TakenIn,
    links,
)
from api.settings import Settings
from nlp.aligning import Alignment, Labels, alignments, best
from ontology.curation.book import now
from ontology.curation.edits import MAX_EDITS, Edit, Map, Unmap
from ontology.curation.facts import MATCHES, Fact
from ontology.curation.scope import Author
from ontology.errors import MappingError
from ontology.mappings.model import LEXICAL, MANUAL, UNSPECIFIED, Mapping, MappingState
from ontology.mappings.sssom import read_sssom, write_sssom
from ontology.scheme import Concept

LEAST: Final = 0.5
"""Confidence from which pairs are offered."""
TOOL: Final = "Gnomon"
MOST: Final = 5_000
"""Most decisions at once."""
_KEPT: Final = 16
"""Comparisons of two vocabularies that are kept."""


class _Seen(NamedTuple):
    """A vocabulary as it was when it was compared."""

    scheme: str
    number: int
    edition: str


class Mapper:
    """One for a data folder."""

    def __init__(self, settings: Settings, curator: Curator) -> None:
        self._curator, self._desk, self._base = curator, curator.desk, settings.base.iri
        self._kept: dict[tuple[str, str], tuple[tuple[_Seen, ...], Alignments]] = {}
        self._lock = threading.Lock()
        self.align: Callable[[str, str], Alignments] = lambda one, other: run_command(
            settings, ["mapping", "align", one, other], Alignments
        )
        """Compares two vocabularies: seconds of work, so in a process of its own, as a server must."""

    def aligned(self, one: str, other: str) -> Alignments:
        """The same in this process. NotFound."""
        return Alignments(tuple(alignments(Labels(self._desk.as_of(one)), Labels(self._desk.as_of(other)))))

    def page(self, state: MappingState, scheme: str, other: str, limit: int, offset: int) -> Mappings:
        """Mappings in a state, of one vocabulary or between two, or of all where none is named; MappingError where two
        are needed."""
        found = self.listed(state, scheme, other)
        return Mappings(len(found), tuple(found[offset : offset + limit]))

    def listed(self, state: MappingState, scheme: str = "", other: str = "") -> list[MappingView]:
        """The same, whole."""
        if state == "offered":
            return self.offered(scheme, other)
        homes = self.homes()
        wanted = [self._desk.vocabulary(name).concepts for name in (scheme, other) if name]
        found = self._accepted(homes) if state == "accepted" else self._said(state)
        return [
            MappingView(state=state, mapping=homes.named(one))
            for one in found
            if all(one.subject in concepts or one.object in concepts for concepts in wanted)
        ]

    def offered(self, one: str, other: str, least: float = LEAST, *, all_pairs: bool = False) -> list[MappingView]:
        """Pairs that nobody has decided on, the surest first: of each concept the best only, or all. NotFound."""
        if not one or not other or one == other:
            raise MappingError("two vocabularies are compared: name them", place=f"{one} {other}".strip())
        known = self._decided_pairs(self.homes())
        free = [
            pair
            for pair in self._alignments(one, other)
            if pair.confidence >= least and frozenset((pair.subject, pair.object)) not in known
        ]
        mine, theirs = (self._desk.vocabulary(name).concepts for name in (one, other))
        return [_offer(pair, mine, theirs) for pair in (free if all_pairs else best(free))]

    def _alignments(self, one: str, other: str) -> tuple[Alignment, ...]:
        """Kept until labels or the hierarchy of either vocabulary change."""
        with self._lock:
            now_ = tuple(_Seen(at.name, at.number, at.edition) for at in map(self._desk.vocabulary, (one, other)))
            seen, kept = self._kept.pop((one, other), ((), Alignments(())))
            if len(seen) != len(now_) or not all(map(self._like, seen, now_)):
                kept = self.align(one, other)
            self._kept = dict([*self._kept.items()][1 - _KEPT :]) | {(one, other): (now_, kept)}
            return kept.pairs

    def _like(self, before: _Seen, now_: _Seen) -> bool:
        """Whether nothing but mappings has changed between two versions of a vocabulary."""
        if before.edition != now_.edition:
            return False
        changes = self._desk.book.changes(now_.scheme, before.number, now_.number) if before != now_ else []
        return all(fact.property in KIND_OF for one in changes for fact in (*one.added, *one.removed))

    def homes(self) -> Homes:
        """Which vocabulary has which concept, as of now."""
        return Homes(self._desk, self._curator.names())

    def _decided_pairs(self, homes: Homes) -> set[frozenset[str]]:
        """Pairs that stand in a vocabulary, or about which something was said."""
        said = {one.pair for one in (*self._said("proposed"), *self._said("rejected"))}
        return said | {frozenset((subject, fact.value)) for subject, fact in homes.standing()}

    def _said(self, state: MappingState) -> list[Mapping]:
        with self._desk.book.reading() as pages:
            return pages.mappings.kept("proposed" if state == "proposed" else "rejected")

    def _accepted(self, homes: Homes) -> Iterator[Mapping]:
        """What stands in the vocabularies, with its author where a curator entered it."""
        authors = {key: said for name in homes.concepts for key, said in self._authors(name)}
        for subject, fact in homes.standing():
            author, since = authors.get((subject, fact), ("", ""))
            yield Mapping(
                subject=subject, object=fact.value, predicate=KIND_OF[fact.property], author=author, date=since,
                justification=MANUAL if author else UNSPECIFIED,
            )  # fmt: skip

    def _authors(self, scheme: str) -> Iterator[tuple[tuple[str, Fact], tuple[str, str]]]:
        """Who brought a fact into a vocabulary, and when; the last one last."""
        with self._desk.book.reading() as pages:
            for iri in pages.head(scheme):
                for version, change in reversed(pages.versions_of(scheme, iri)):
                    if version.kind != "import":
                        yield from (((iri, fact), (version.author, version.at)) for fact in change.added)

    def decide(self, decisions: Sequence[Decision], by: Author, *, wait: bool = False) -> Decided:
        """Carry out decisions; those that change a vocabulary become one version of it. MappingError; EditRefused,
        ConditionViolated and others as `Desk.write`: then this vocabulary has not changed."""
        if not 0 < len(decisions) <= MOST:
            raise MappingError(f"1 to {MOST:,} decisions at once, not {len(decisions):,}")
        homes, stamp = self.homes(), now()
        ready = [(one.verdict, homes.named(homes.facing(_judged(one, by.name, stamp)))) for one in decisions]
        return self._carried_out(ready, homes, by, wait=wait)

    def _carried_out(
        self, ready: Sequence[tuple[str, Mapping]], homes: Homes, by: Author, *, wait: bool = False
    ) -> Decided:
        accepted, rejected, proposed, forgotten = (
            [one for verdict, one in ready if verdict == wanted] for wanted in ("accept", "reject", "propose", "forget")
        )
        versions = self._write([*_mapped(accepted, homes), *_unmapped(rejected, homes)], by)
        with self._desk.book.writing() as pages:
            pages.mappings.forget([*accepted, *rejected, *forgotten])
            pages.mappings.keep(rejected, "rejected")
            pages.mappings.keep(proposed, "proposed")
        linked = self._curator.followed(wait=wait) if versions else True
        return Decided(
            accepted=len(accepted), rejected=len(rejected), proposed=len(proposed), forgotten=len(forgotten),
            versions=versions, linked=linked,
        )  # fmt: skip

    def _write(self, edits: Iterable[tuple[str, Edit]], by: Author) -> dict[str, int]:
        """The edits, as one version of each vocabulary for each MAX_EDITS of them."""
        wanted: dict[str, list[Edit]] = {}
        for scheme, edit in edits:
            wanted.setdefault(scheme, []).append(edit)
        versions: dict[str, int] = {}
        for scheme, all_ in sorted(wanted.items()):
            for at in range(0, len(all_), MAX_EDITS):
                some = all_[at : at + MAX_EDITS]
                versions[scheme] = self._desk.write(scheme, some, by, _message(some))[0].number
        return versions

    def take_in(
        self, body: bytes, by: Author, *, accept: bool = False, place: str = "the file", wait: bool = False
    ) -> TakenIn:
        """Propose the mappings of an SSSOM file, or accept them at once; those that it denies are turned down. What was
        decided on before stays. MappingError."""
        found, refused = read_sssom(body, place)
        homes = self.homes()
        ours = [one for one in found if homes.has(one)]
        known = self._decided_pairs(homes)
        new = [homes.facing(one) for one in ours if one.pair not in known]
        ready = [("reject" if one.negated else "accept" if accept else "propose", one) for one in new]
        return TakenIn(
            decided=self._carried_out(ready, homes, by, wait=wait), known=len(ours) - len(new),
            foreign=len(found) - len(ours), refused=tuple(refused),
        )  # fmt: skip

    def export(self, states: Sequence[MappingState], scheme: str = "", other: str = "") -> str:
        """Mappings as SSSOM/TSV; those that were turned down are negated."""
        found = [
            msgspec.structs.replace(view.mapping, negated=state == "rejected")
            for state in states
            for view in self.listed(state, scheme, other)
        ]
        about = {"mapping_set_id": f"{self._base}/v1/mappings/sssom"}
        return "".join(write_sssom(found, self.homes().namespaces, about))


def _judged(one: Decision, by: str, stamp: str) -> Mapping:
    reviewed = one.verdict == "reject"
    return Mapping(
        subject=one.subject, object=one.object, predicate=one.predicate, comment=one.comment, justification=MANUAL,
        author="" if reviewed else by, reviewer=by if reviewed else "", date=stamp,
    )  # fmt: skip


def _mapped(accepted: Iterable[Mapping], homes: Homes) -> Iterator[tuple[str, Edit]]:
    for one in accepted:
        if Fact(MATCHES[one.predicate], one.object) not in links(homes.concept(one.subject)):
            yield homes.home(one.subject), Map(concept=one.subject, other=one.object, relation=one.predicate)


def _unmapped(rejected: Iterable[Mapping], homes: Homes) -> Iterator[tuple[str, Edit]]:
    """What stands in a vocabulary of pairs that are turned down, either way round."""
    for one in rejected:
        for subject, object_ in ((one.subject, one.object), (one.object, one.subject)):
            for fact in links(homes.concept(subject)):
                if fact.value == object_:
                    yield homes.home(subject), Unmap(concept=subject, other=object_, relation=KIND_OF[fact.property])


def _offer(pair: Alignment, mine: dict[str, Concept], theirs: dict[str, Concept]) -> MappingView:
    mapping = Mapping(
        subject=pair.subject, object=pair.object, subject_label=mine[pair.subject].name(),
        object_label=theirs[pair.object].name(), justification=LEXICAL, confidence=pair.confidence, tool=TOOL,
    )  # fmt: skip
    return MappingView(state="offered", mapping=mapping, labels=pair.labels, beside=pair.beside, rivals=pair.rivals)


def _message(edits: Sequence[Edit]) -> str:
    new = sum(isinstance(edit, Map) for edit in edits)
    said = ((new, "accepted"), (len(edits) - new, "turned down"))
    return ", ".join(f"{count} mapping{'s' * (count > 1)} {verb}" for count, verb in said if count)
