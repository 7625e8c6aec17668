"""Affiliation lines: which of the organisations known here they name. Pure.

The names that may stand in a line (`institution_names`) are looked up among the names of the organisations that
are known and among the lines that came with identifiers. Who says so (a registry, a funder, another line), the
country and the towns behind the name, and the order of its words weigh which of several is meant; what is close
to a tie is left open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from ingest.identity.institution_names import (
    COMMON,
    COUNTRIES,
    Stretch,
    acronyms,
    country_of,
    institution,
    institutions,
    places_behind,
    stretches,
    telling,
    unit,
    words_of,
)
from ingest.identity.text import fold

if TYPE_CHECKING:
    from ingest.identity.organisations import OrganisationSays

_ENOUGH: Final = 1.5
"""Weight that an organisation needs to be the one."""
_AHEAD: Final = 0.5
"""By how much it has to outweigh the next."""
_SPECIFIC: Final = 3
"""Words from which on a name is rarely another's."""
_LONG: Final = 5
"""Words of a segment besides the name from which on it is taken for a line without commas."""
_SHORT: Final = 4
"""An acronym of three letters (its form has a mark before it) is many organisations': a country is not enough."""
_WITHIN: Final = {"hk": "cn", "mo": "cn"}
"""Codes of what lines name as part of a country as often as by itself."""
Known = Mapping[int, "tuple[OrganisationSays, str]"]
"""Node → what is said of the organisation, and its IRI."""


def forms(affiliation: str) -> list[str]:
    """Names that may stand in an affiliation line, and acronyms."""
    return list(dict.fromkeys([*(one.form for one in stretches(affiliation)), *acronyms(affiliation, within=True)]))


def choose(affiliation: str, found: Mapping[str, list[int]], known: Known) -> tuple[str, ...]:
    """IRIs of the organisations an affiliation line names (`found`: form → nodes with that name): all whole
    institutions in it, else the first that is known, else the one whose acronym and place stand there."""
    line = _Line(affiliation)
    chosen: dict[str, None] = {}
    used: list[Stretch] = []
    for one in stretches(affiliation):
        if not found.get(one.form) or any(one.overlaps(other) for other in used):
            continue
        if chosen and not institution(one.form.split()):
            continue
        if iri := line.meant(one, [known[node] for node in found[one.form]]):
            chosen.setdefault(iri)
            used.append(one)
    if not chosen:
        for form in acronyms(affiliation, within=True):
            near = {known[node][1] for node in found.get(form, ()) if line.has(form, known[node][0])}
            if len(near) == 1:
                return tuple(near)
    return tuple(chosen)


class _Line:
    """An affiliation line that is asked for."""

    def __init__(self, affiliation: str) -> None:
        self._text = affiliation
        self._folded = f" {fold(affiliation)} "
        self._institutions = set(institutions(affiliation))

    def meant(self, one: Stretch, votes: Iterable[tuple[OrganisationSays, str]]) -> str:
        """IRI of the one organisation that a name in this line means; empty where it cannot be told."""
        by_iri: defaultdict[str, list[OrganisationSays]] = defaultdict(list)
        for said, iri in votes:
            if iri:
                by_iri[iri].append(said)
        weighed = [(self._weight(one, every, alone=len(by_iri) == 1), iri) for iri, every in by_iri.items()]
        ranked = sorted((pair for pair in weighed if pair[0] >= _ENOUGH), reverse=True)
        close = [iri for weight, iri in ranked if ranked[0][0] - weight < _AHEAD]
        if len(close) > 1:  # an aggregator or a funder has the same one under a number of its own
            close = [iri for iri in close if any(i.scheme == "ror" for said in by_iri[iri] for i in said.ids)]
        return close[0] if len(close) == 1 else ""

    def _weight(self, one: Stretch, votes: list[OrganisationSays], *, alone: bool) -> float:
        """How much speaks for an organisation of which this is said under the name; `alone`: no other has it."""
        country = country_of(self._text, one.segment)
        countries = {found for said in votes if (found := _country(said))}
        if country and countries and country not in countries:
            return 0.0
        near = [self._near(one, said) for said in votes]
        words, places = words_of(self._text)[one.segment], places_behind(self._text, one.form)
        case = _Case(
            one,
            alone=alone,
            country=country,
            home=country in countries,
            places=bool(places),
            far=bool(places) and not any(near) and any(_places(said, one.form) for said in votes),
            crowded=unit(words[0]) or len(words) - (one.end - one.begin) >= _LONG,
        )
        phrase = f" {' '.join(words[one.begin : one.end])} "
        best = 0.0
        for said, is_near in zip(votes, near, strict=True):
            same = any(phrase in f" {fold(name)} " for name in said.names)
            best = max(best, case.weight(said, near=is_near, same=same, speaks=self._speaks(said, one.form)))
        return best and best + min(1.0, 0.25 * (len(votes) - 1))

    def _near(self, one: Stretch, said: OrganisationSays) -> bool:
        """Whether a town of the organisation stands in this line, or a word behind its name in both lines."""
        if any(f" {town} " in self._folded for town in said.towns):
            return True
        return not places_behind(self._text, one.form).isdisjoint(_places(said, one.form))

    def _speaks(self, said: OrganisationSays, form: str) -> bool:
        """Whether a line with several institutions may lend its identifiers to one of this name: where all of them
        stand in this line too, or it is the only university there."""
        own = {name for line in said.names for name in institutions(line)}
        universities = [name for name in own if "university" in name.split()]
        return own <= self._institutions or universities == [form]

    def has(self, form: str, said: OrganisationSays) -> bool:
        """Whether the organisation with this acronym may be meant: its town, its country or a word that stands
        beside the acronym is in this line."""
        own, country = _country(said), country_of(self._text)
        if own and country and own != country:
            return False
        if said.registered:
            return any(f" {town} " in self._folded for town in said.towns)
        if said.named and self._folded.strip() == form[1:]:
            return True
        if said.named and own and own == country and len(form) > _SHORT:
            return True
        if not said.named and not said.sole and len(institutions(said.names[0])) > 1:
            return False
        beside = {word for name in said.names for word in fold(name).split()} - COMMON - COUNTRIES.keys() - {form[1:]}
        return any(len(word) > 3 and word.isalpha() and f" {word} " in self._folded for word in beside)


class _Case(msgspec.Struct, frozen=True):
    """What is known of a name in a line and of one organisation that bears it."""

    one: Stretch
    alone: bool
    country: str
    home: bool
    """They are in one country."""
    places: bool
    """The line names places behind the name."""
    far: bool
    """The places behind the name are others wherever the organisation is named."""
    crowded: bool
    """The name stands among many words, so that its ends are known by the words only."""

    def weight(self, said: OrganisationSays, *, near: bool, same: bool, speaks: bool) -> float:
        """What one saying weighs (0 for nothing): `near` it names the same place, `same` it has the words in the same
        order, `speaks` its identifiers are those of the name."""
        doubt, words = self.one.doubt, self.one.form.count(" ") + 1
        common = not telling(self.one.form)
        weight = 4.0 if said.registered else 3.0 if said.named else 2.0 if said.sole else 1.0 if speaks else 0.4
        if weight < 1 and (self.one.joined or not near or (common and (doubt or not self.alone))):
            return 0.0
        surely = said.named and doubt == 1 and (words > _SPECIFIC or not (self.country or self.places))
        if doubt and not (near or (self.home and self.crowded) or surely):
            return 0.0
        weight += same * (1.5 if weight >= 1 else 0.5) + 2.0 * near + 0.5 * self.home - 0.5 * doubt
        if common and not near:
            weight -= 3.0 if doubt or self.places or words < _SPECIFIC else 1.0
        if self.far and not self.alone and not said.named:
            return 0.0
        if self.far:
            university = "university" in self.one.form.split()
            weight -= 0.25 if said.named else 0.5 if university else 1.0 if words >= _SPECIFIC else 2.0
        return weight


def _country(said: OrganisationSays) -> str:
    """ISO code of the country where the organisation is said to be."""
    if len(said.country) == 2:
        return _WITHIN.get(said.country.lower(), said.country.lower())
    return "" if said.registered else next((code for name in said.names if (code := country_of(name))), "")


def _places(said: OrganisationSays, form: str) -> frozenset[str]:
    """Words behind the name in an affiliation line."""
    return frozenset() if said.named else frozenset().union(*(places_behind(name, form) for name in said.names))
