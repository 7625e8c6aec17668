"""Entities to quads: the one place where the RDF model is written down in code.

Pure functions from frozen records to canonical lines (`graph.terms`). Each line belongs to exactly
one owner (the work, person, claim, scheme … it is made from): `text_lines`, `reading_lines` and
`work_lines` together are what a work owns. The model, its terms and their meaning: `ontology/gnomon.ttl`.

| lines of | graph |
|---|---|
| `work_lines` | default; references as printed in `text`; derivation in `prov` |
| `text_lines` | `text` |
| `reading_lines` | `mentions` |
| `claim_lines` | `mentions`, and the default graph once a claim is accepted |
| `found_lines` | `mentions` |
| `person_lines`, `organisation_lines`, `venue_lines`, `scheme_lines` | default |
| `source_record_lines`, `payload_lines`, `maker_lines` | `prov` |
| `decision_lines`, `term_decision_lines`, `topic_decision_lines` | `curation` |
| `quality_lines` | none: they are made when asked for |
"""

from __future__ import annotations

from graph.convert.agents import organisation_lines, person_lines, venue_lines
from graph.convert.claims import ACCEPTED_FROM, claim_lines
from graph.convert.curated import TermDecision, term_decision_lines, topic_decision_lines
from graph.convert.found import found_lines, found_scheme_lines
from graph.convert.provenance import decision_lines, maker_lines, payload_lines, source_record_lines
from graph.convert.quality import quality_lines
from graph.convert.readings import reading_lines
from graph.convert.schemes import scheme_lines, scheme_parts
from graph.convert.text import text_lines
from graph.convert.works import concept_of, work_lines

__all__ = [
    "ACCEPTED_FROM", "TermDecision", "claim_lines", "concept_of", "decision_lines", "found_lines",
    "found_scheme_lines", "maker_lines", "organisation_lines", "payload_lines", "person_lines", "quality_lines",
    "reading_lines", "scheme_lines", "scheme_parts", "source_record_lines", "term_decision_lines", "text_lines",
    "topic_decision_lines", "venue_lines", "work_lines",
]  # fmt: skip
