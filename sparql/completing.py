"""What may be typed next in a query: prefixes, classes and predicates by how often they are used, entities by label.

And the same query for other tools: as a line for curl, as a few lines of Python.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

import msgspec

from ontology.namespaces import PREFIXES
from sparql.hints import shortened
from sparql.profile import Profile

Kind = Literal["prefix", "class", "predicate", "entity", "any"]
Named = Callable[[str, int], Iterable[tuple[str, str, str, int]]]
"""What was typed and a number → (IRI, kind, label, works) of entities with such a label."""
MOST: Final = 50
_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[-_]")


class Completion(msgspec.Struct, frozen=True):
    """`insert` is what to put in the place of what was typed; `count` statements or works with it."""

    kind: str
    insert: str
    iri: str
    label: str
    count: int = 0


def completions(typed: str, kind: Kind, profile: Profile | None, named: Named, limit: int) -> list[Completion]:
    """The best first: what begins so before what contains it, the frequent before the rare."""
    typed = typed.strip()
    found: list[Completion] = []
    if kind in ("prefix", "any") and ":" not in typed:
        found += [
            Completion("prefix", f"{name}:", space, space)
            for name, space in sorted(PREFIXES.items())
            if name.startswith(typed.casefold())
        ]
    if profile is not None:
        if kind in ("predicate", "any"):
            found += _terms("predicate", typed, profile.predicates)
        if kind in ("class", "any"):
            found += _terms("class", typed, profile.classes)
    if kind in ("entity", "any") and typed and ":" not in typed:
        found += [
            Completion("entity", f"<{iri}>", iri, f"{label} ({what})", n) for iri, what, label, n in named(typed, limit)
        ]
    return found[:limit]


def _terms(kind: str, typed: str, known: dict[str, int]) -> Iterator[Completion]:
    """Names of which the short form or a word of the local name begins so; then those that contain it."""
    wanted = typed.strip("<").casefold()
    ranked: list[list[Completion]] = [[], []]
    for iri, count in known.items():
        short = shortened(iri)
        local = re.split(r"[#/:]", iri)[-1]
        label = " ".join(_WORDS.split(local)).lower()
        one = Completion(kind, short if short != iri and _plain(short) else f"<{iri}>", iri, label, count)
        begins = (short.casefold(), iri.casefold(), local.casefold(), *label.split())
        if any(name.startswith(wanted) for name in begins):
            ranked[0].append(one)
        elif wanted in short.casefold():
            ranked[1].append(one)
    return iter([*ranked[0], *ranked[1]][:MOST])


def _plain(short: str) -> bool:
    return re.fullmatch(r"[a-z0-9]+:[A-Za-z0-9_-]*", short) is not None


def snippet(query: str, endpoint: str, language: Literal["curl", "python"]) -> str:
    """The query as a command or a programme, ready to be pasted; every character of it quoted."""
    if language == "curl":
        accept = shlex.quote("Accept: text/csv")
        return f"curl --silent --data-urlencode {shlex.quote(f'query={query}')} -H {accept} {shlex.quote(endpoint)}\n"
    return (
        "import csv\nimport io\nimport urllib.parse\nimport urllib.request\n\n"
        f"query = {query!r}\n"
        f"request = urllib.request.Request(\n    {endpoint!r},\n"
        "    data=urllib.parse.urlencode({'query': query}).encode(),\n    headers={'Accept': 'text/csv'},\n)\n"
        "with urllib.request.urlopen(request) as answer:\n"
        "    for row in csv.DictReader(io.TextIOWrapper(answer, 'utf-8', newline='')):\n        print(row)\n"
    )
