"""People, organisations and venues as they are written: small, many, and made from the journal alone."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from graph.convert import decision_lines, organisation_lines, person_lines, venue_lines
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.ledger import body_of
from ontology.entities import Organisation, Person, VenueEntity
from ontology.namespaces import Base


class AgentOutcome(msgspec.Struct, frozen=True):
    """An agent's lines, packed; none where nothing speaks of it any longer."""

    number: int
    lines: bytes


def convert_agents(database: Database, base: Base, numbers: Sequence[int]) -> list[AgentOutcome]:
    """The agents with these numbers, in this order."""
    assembler = Assembler(database, base)
    decisions = assembler.decisions(numbers)
    outcomes = []
    for number, agent in assembler.agents(numbers):
        lines = agent_lines(agent, base) if agent else []
        if lines:
            lines += [line for decision in decisions.get(number, ()) for line in decision_lines(decision, base)]
        outcomes.append(AgentOutcome(number, body_of(sorted(lines))))
    return outcomes


def agent_lines(agent: Person | Organisation | VenueEntity, base: Base) -> list[str]:
    """Quads of one agent."""
    match agent:
        case Person():
            return [*person_lines(agent, base)]
        case Organisation():
            return [*organisation_lines(agent, base)]
        case VenueEntity():
            return [*venue_lines(agent, base)]
