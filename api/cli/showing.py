"""Answers as lines and tables for a person: names instead of IRIs, one thing a line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ontology.namespaces import PREFIXES

if TYPE_CHECKING:
    from api.status import Status
    from graph.discovery.ask import Named
    from graph.discovery.claims import ClaimView
    from graph.discovery.concepts import ConceptView
    from graph.discovery.experts import ExpertsOf
    from graph.discovery.paths import Hop, Path, Paths
    from graph.discovery.tally import YearCount
    from graph.discovery.topics import TopicView
    from graph.discovery.trends import Trends
    from graph.hypotheses.asking import Hypotheses
    from graph.hypotheses.learning import Scoreboard
    from graph.networks.measures import Network
    from graph.search.base import SearchHit, SearchResponse

_NO_TERMINAL: Final = 10_000
"""Columns where no terminal sets the width: a row stays one line, for grep and cut."""
_MOST: Final = 8
"""Names of one kind that are shown in a line."""
_BARS: Final = " ▁▂▃▄▅▆▇█"


def line(*parts: str | tuple[str, str]) -> None:
    """One line of texts, some with a style; never cut or wrapped here, and never read as markup."""
    Console(highlight=False).print(Text.assemble(*parts), soft_wrap=True)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[str] = ()) -> None:
    """Rows under a head; columns named in `right` hold numbers. Columns of IRIs are wrapped last."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column, name in enumerate(head):
        iris = all("://" in row[column] for row in cells)
        justify: Literal["right", "left"] = "right" if name in right else "left"
        shown.add_column(Text(name), justify=justify, overflow="fold", no_wrap=iris)
    for row in cells:
        shown.add_row(*map(Text, row))
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _NO_TERMINAL
    console = Console(highlight=False, width=width)
    with console.capture() as text:
        console.print(shown)
    for row_text in text.get().splitlines():
        print(row_text.rstrip())


def as_json(body: object) -> None:
    """Anything of ours as indented JSON."""
    print(msgspec.json.format(msgspec.json.encode(body), indent=2).decode())


def hits(found: SearchResponse) -> None:
    """Works, best first, with what the search made of the query before and the totals after."""
    for note in found.notes:
        line(("• " + note, "yellow"))
    if found.did_you_mean:
        line("Did you mean ", (found.did_you_mean, "bold"), "?")
    for entity in found.entities:
        line((f"{entity.kind}: {entity.label}", "cyan"), (f"  {entity.iri}", "dim"))
    for expansion in found.expansions:
        terms = ", ".join(f"{one.text}{f' ({one.vocabulary})' if one.vocabulary else ''}" for one in expansion.terms)
        if terms and expansion.off:
            line((f"“{terms}” may be meant: say so in the query to find it", "dim"))
        elif terms:
            line((f"“{expansion.label}” also finds: {terms}", "dim"))
    for number, hit in enumerate(found.hits, 1):
        _hit(number, hit)
    more = f", {found.dense_total:,} more are close in meaning" if found.dense_total else ""
    line(f"{_count(found.total, 'work matches', 'works match')}{more}.")


def _hit(number: int, hit: SearchHit) -> None:
    work = hit.document
    people = ", ".join(work.authors[:3]) + (" and others" if len(work.authors) > 3 else "")
    line((f"{number:>3}. {work.title}", "bold"), f" ({work.year})" if work.year else "")
    if people or work.venue:
        line((f"     {' · '.join(filter(None, (people, work.venue)))}", "dim"))
    line(f"     {work.iri}  score {hit.score:.3f}")
    for fragment in hit.fragments:
        line((f"     {fragment.label or fragment.kind}: {fragment.passage.text}", "dim"))
    for part in hit.parts:
        rank = f", rank {part.rank}" if part.rank else ""
        line((f"       {part.name}: {part.value:.4f} (raw {part.raw:.3f}{rank})", "dim"))


def solutions(answer: dict[str, Any]) -> None:
    """SPARQL results as decoded JSON: a table, or yes or no."""
    if "boolean" in answer:
        line("yes" if answer["boolean"] else "no")
        return
    names = answer["head"]["vars"]
    rows = answer["results"]["bindings"]
    table(names, ([_term(row.get(name)) for name in names] for row in rows))
    line((_count(len(rows), "row", "rows"), "dim"))


def _term(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    return short(term["value"]) if term["type"] == "uri" else term["value"]


def short(iri: str) -> str:
    """`dct:title` for an IRI of a well-known namespace, the IRI itself for others."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and re.fullmatch(r"[\w-]+", local):
            return f"{prefix}:{local}"
    return iri


def phrase(predicate: str) -> str:
    """A property's name as words: `evaluates on` for …#evaluatesOn."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.split(r"[/#]", predicate)[-1]).lower()


def topic(view: TopicView) -> None:
    """A topic on about one screen."""
    _concept(view.concept)
    line(f"{_count(view.works, 'work', 'works')}, {view.works_direct:,} of them about exactly this.")
    if view.years:
        line(_trend(view.years))
    if view.counted < view.works:
        line((f"People, venues and neighbours are counted over {view.counted:,} of the works.", "yellow"))
    line()
    for name, counted in (
        ("subtopics", view.subtopics), ("neighbours", view.neighbours), ("people", view.people),
        ("organisations", view.organisations), ("venues", view.venues), ("datasets", view.datasets),
    ):  # fmt: skip
        _field(name, [f"{one.name} ({one.count:,})" for one in counted])
    if view.top_works:
        line()
        best = ((work.citations, str(work.year or ""), work.title) for work in view.top_works)
        table(("cited", "year", "most cited works"), best, right=("cited",))
    if view.claims:
        line("\nClaims")
    for claim in view.claims:
        _claim(claim)


def _concept(concept: ConceptView) -> None:
    above = [*([concept.scheme] if concept.scheme else []), *concept.path]
    line((concept.name, "bold"), ("  (deprecated)", "yellow") if concept.deprecated else "")
    line((" › ".join(one.name for one in above), "dim"))
    line((concept.iri, "dim"))
    if concept.definition:
        line(concept.definition)
    line()
    _field("also called", sorted({label.text for label in concept.labels if label.text != concept.name}))
    _field("broader", _names(concept.broader))
    _field("narrower", _names(concept.narrower))
    _field("related", _names(concept.related))
    _field("the same", [f"{one.name or one.iri}{f' ({one.scheme})' if one.scheme else ''}" for one in concept.exact])
    line()


def communities(network: Network) -> None:
    """A network by its communities, the largest first."""
    of = f" of {network.of.name}" if network.of else ""
    line((f"{network.works:,} works{of}, {len(network.nodes)} {network.kind} joined", "bold"),
         f", {network.left_out:,} others left out, modularity {network.modularity:.2f}")  # fmt: skip
    groups: dict[int, list[str]] = {}
    for node in network.nodes:
        groups.setdefault(node.community, []).append(f"{node.name} ({node.size:,})")
    for number, members in sorted(groups.items()):
        _field(f"{number}", members)
    line()
    for tie in network.ties[:_MOST]:
        line((f"{tie.weight:>6,}  ", "dim"), f"{network.nodes[tie.source].name} — {network.nodes[tie.target].name}")


def experts(asked: ExpertsOf) -> None:
    """People who know something, best first, each with the works that show it most."""
    found = asked.found
    about = asked.of.name if asked.of else f"“{asked.query}”"
    house = f" of {asked.within.name}" if asked.within else ""
    line((f"{found.works:,} works on {about}", "bold"), f", {found.people:,} people{house} among their authors")
    for number, one in enumerate(found.experts, 1):
        homes = ", ".join(home.name for home in one.organisations)
        line((f"{number:>3}. {one.name}", "bold"), f"  {homes}" if homes else "", (f"  score {one.score:.2f}", "dim"))
        years = f", {one.since}–{one.until}" if one.since else ""
        line((f"     {one.works:,} works{years}, cited {one.citations:,} times", "dim"))
        for work in one.proofs[:2]:
            line((f"     {work.year or '':>4}  ", "cyan"), f"{work.title} ({work.place} of {work.authors})")


def hypotheses(found: Hypotheses) -> None:
    """What may come together with a thing, with what lies in between."""
    line((f"{found.of.name}: {found.works:,} works, {found.weighed:,} things weighed", "bold"))
    if found.abstained:
        line((f"Nothing is foretold: {found.abstained}.", "yellow"))
    for number, one in enumerate(found.hypotheses, 1):
        odds = f"  {one.probability:.0%} within {found.horizon} years of {found.until}, expected {one.expected:.0%}"
        line((f"{number:>3}. {one.name}", "bold"), (odds, "dim"))
        for bridge in one.bridges[:2]:
            counts = f"{bridge.near.count:,} and {bridge.far.count:,} works"
            line((f"     through {bridge.name}: ", "cyan"), f"{counts}, e.g. {bridge.far.work.name}")


def scoreboard(scores: Scoreboard) -> None:
    """How well the last years could have been foretold."""
    span = f"{scores.learned_until + 1} to {scores.learned_until + scores.horizon}"
    line((f"{span}: {scores.came_true:,} of {scores.pairs:,} pairs came together ({scores.base_rate:.1%})", "bold"))
    rows = ((s.way, f"{s.average_precision:.3f}", f"{s.precision_at_10:.3f}", f"{s.auc:.3f}") for s in scores.scores)
    table(("way", "average precision", "P@10", "AUC"), rows, ("average precision", "P@10", "AUC"))
    line(f"calibration error {scores.calibration_error:.3f}; the surest hundredth: {scores.top_expected:.0%} foretold, "
         f"{scores.top_true:.0%} came true")  # fmt: skip


def trends(found: Trends) -> None:
    """What emerges, is in a burst, and fades."""
    line((f"{found.works:,} works; {found.since} to {found.until} against all before", "bold"))
    for name, some in (("emerging", found.emerging), ("in a burst", found.bursting), ("fading", found.fading)):
        for one in some:
            spans = (f"{b.begin}–{b.end}" if b.end > b.begin else f"{b.begin}" for b in one.bursts)
            told = f"{one.share:.1%} of works, {one.before:.1%} before ({one.deviations:+.1f} deviations)"
            line((f"{name:<12}", "cyan"), one.name, (f"  {told}", "dim"), f"  bursts {bursts}" if (
                bursts := ", ".join(spans)) else "")  # fmt: skip


def _names(things: Iterable[Named]) -> list[str]:
    return [thing.name for thing in things]


def _field(name: str, items: Sequence[str]) -> None:
    if items:
        more = f" and {len(items) - _MOST:,} more" if len(items) > _MOST else ""
        between = "; " if any("," in item for item in items[:_MOST]) else ", "
        line((f"{name:<15}", "dim"), between.join(items[:_MOST]) + more)


def _trend(years: Sequence[YearCount]) -> str:
    """Works of each year as a row of bars, from the first year to the last."""
    counts = {one.year: one.works for one in years}
    first, last, most = min(counts), max(counts), max(counts.values())
    bars = "".join(_BARS[-(-counts.get(year, 0) * 8 // most)] for year in range(first, last + 1))
    best = max(counts, key=lambda year: (counts[year], year))
    return f"{first} {bars} {last}, most in {best} ({counts[best]:,})"


def _claim(claim: ClaimView) -> None:
    against = f", {claim.dispute:,} against" if claim.dispute else ""
    line(
        f"  {claim.subject.name} ", (phrase(claim.predicate), "bold"), f" {claim.object.name}",
        (f"  {claim.probability:.2f}, {_count(claim.support, 'work', 'works')} for it{against}", "dim"),
    )  # fmt: skip
    for piece in claim.evidence[:1]:
        line((f"    “{piece.text}” — {piece.work.name}", "dim"))


def ways(found: Paths) -> None:
    """Paths, best first: from node to node, with what each step rests on."""
    ends = f"{found.source.name} and {found.target.name}"
    if not found.paths:
        line(f"No path of at most {found.max_length} steps leads from one to the other: {ends}.")
    for number, path in enumerate(found.paths, 1):
        line((f"{number}. {path.nodes[0].name}", "bold"), (f"  score {path.score:.4f}", "dim"))
        _steps(path)
    if found.partial:
        line(("• The search was broken off at its limits; there may be further paths.", "yellow"))


def _steps(path: Path) -> None:
    for hop, node in zip(path.hops, path.nodes[1:], strict=True):
        line((f"   {_arrow(hop):<20} ", "cyan"), node.name)
        for proof in hop.evidence[:1]:
            if proof.text and proof.text not in {one.name for one in path.nodes}:
                line((f"{'':<24}{proof.kind}: {proof.text}", "dim"))


def _arrow(hop: Hop) -> str:
    name = phrase(hop.predicate)
    return f"── {name} →" if hop.forward else f"← {name} ──"


def status(found: Status, hashed: str) -> None:
    """What is there, and what waits to be written."""
    line(f"commit {found.sequence:,}, {found.quads:,} statements{f', hash {hashed}' if hashed else ''}\n")
    kinds = sorted({*found.entities, *found.waiting})
    counts = ((kind, found.entities.get(kind, 0), found.waiting.get(kind, 0)) for kind in kinds)
    table(("entities", "count", "waiting"), counts, right=("count", "waiting"))
    line()
    sources = ((one.name, one.payloads, one.records, one.quarantined) for one in found.sources)
    numbers = ("payloads", "records", "quarantined")
    table(("sources", *numbers), sources, right=numbers)
    if found.vocabularies:
        line()
        table(
            ("vocabularies", "concepts", "title"),
            ((one.name, one.concepts, one.title) for one in found.vocabularies),
            right=("concepts",),
        )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
