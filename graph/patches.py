"""Changes of a graph as RDF Patch: what one commit took away and what it added.

    H id <urn:uuid:…> .          (header: sequence number, previous one)
    TX .
    D <s> <p> <o> <g> .
    A <s> <p> <o> <g> .
    TC .

A patch is a set difference, so applying it twice changes nothing. Source: RDF Patch (Seaborne,
Davis), the text form with quads; deletions stand before additions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ontology.errors import StoreError


class Patch(msgspec.Struct, frozen=True):
    """Canonical lines taken away and added by the commit `sequence`; `previous` is the one before."""

    sequence: int
    previous: int
    removed: frozenset[str]
    added: frozenset[str]


def write(patch: Patch) -> Iterator[str]:
    """The patch as text lines without line ends, sorted: the same patch has the same text."""
    yield f'H sequence "{patch.sequence}" .'
    yield f'H previous "{patch.previous}" .'
    yield "TX ."
    for line in sorted(patch.removed):
        yield f"D {line}"
    for line in sorted(patch.added):
        yield f"A {line}"
    yield "TC ."


def read(lines: Iterable[str]) -> Patch:
    """The patch from its lines; StoreError where one is none of its kind or the end is missing."""
    heads: dict[str, int] = {}
    removed: set[str] = set()
    added: set[str] = set()
    whole = False
    for line in lines:
        mark, _, rest = line.rstrip("\r\n").partition(" ")
        if mark == "A":
            added.add(rest)
        elif mark == "D":
            removed.add(rest)
        elif mark == "H":
            name, _, value = rest.partition(" ")
            heads[name] = int(value.strip('" .'))
        elif mark == "TC":
            whole = True
        elif mark != "TX":
            raise StoreError("this is no line of a patch", place=line[:80])
    if not whole or not {"sequence", "previous"} <= heads.keys():
        raise StoreError("the patch is not whole", place="patch", hint="fetch it again")
    return Patch(heads["sequence"], heads["previous"], frozenset(removed), frozenset(added))


def together(patches: Iterable[Patch]) -> Patch:
    """Several patches, each the next after the one before, as one with the same effect on the graph that
    the first was made for; what was added and taken away again is in neither set. StoreError at a gap."""
    first = last = -1
    removed: set[str] = set()
    added: set[str] = set()
    for patch in patches:
        if last >= 0 and patch.previous != last:
            raise StoreError(f"the change after {last} is missing", place=f"change {patch.sequence}")
        first = patch.previous if first < 0 else first
        last = patch.sequence
        # Only what an earlier patch of these added is forgotten; anything else was there at the start.
        removed |= patch.removed - added
        added -= patch.removed
        added |= patch.added - removed
        removed -= patch.added
    if last < 0:
        raise StoreError("there are no changes to put together", place="changes")
    return Patch(last, first, frozenset(removed), frozenset(added))
