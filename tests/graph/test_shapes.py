"""The shapes hold on a built graph, and each of them can fail, by both judges."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from graph.shapes import Report, own_shapes, shacl_report, validate
from graph.stores.oxigraph import OxigraphStore
from ontology.namespaces import Base


def judged(lines: list[str], base: Base, folder: Path) -> Report:
    store = OxigraphStore(folder / "store")
    store.load(lines)
    try:
        return validate(store, base)
    finally:
        store.close()


def test_they_hold_on_a_built_graph(world: Any, base: Base, tmp_path: Path) -> None:
    report = judged(world.lines(), base, tmp_path)
    assert report.conforms, report.violations
    assert report.constraints > 150
    conforms, said = shacl_report(world.lines())
    assert conforms, said


BREAKS = {
    "WorkShape": (r'("2016")(\^\^\S+integer> \.)', r'"sixteen" .'),
    "AuthorshipShape": (r".*ontology#position> .*", None),
    "PersonShape": (r'(.*person/p> <\S+foaf/0.1/name>) .*', r'\1 "" .'),
    "OrganisationShape": (r".*organisation/o> <\S+foaf/0.1/name> .*", None),
    "VenueShape": (r".*venue/v> <\S+terms/title> .*", None),
    "ConceptShape": (r".*voc.test/old> <\S+core#inScheme> .*", None),
    "FragmentShape": (r".*fig/1> <\S+ontology#begin> .*", None),
    "TableShape": (r'(.*ontology#headerRows>) "1"(.*)', r'\1 "0"\2'),
    "StatementShape": (r'(.*ontology#namesAward>) "A-1"(.*)', r'\1 ""\2'),
    "SentenceShape": (r".*s/1> <\S+nif-core#isString> .*", None),
    "ReferenceShape": (r"(.*ref/b1> <\S+isPartOf>) \S+ (.*)", r"\1 <http://voc.test/old> \2"),
    "ReadingShape": (r".*prov#wasAssociatedWith> .*", None),
    "MentionShape": (r'(.*oa#start>) "\d+"(.*)', r'\1 "-1"\2'),
    "HighlightShape": (r".*ontology#tells> .*", None),
    "FoundShape": (r".*ontology#foundType> .*", None),
    "KeyphraseShape": (r'(.*ontology#occurrences>) "1"(.*)', r'\1 "0"\2'),
    "TopicShape": (r'(.*ontology#score>) "0.9"(.*)', r'\1 "1.9"\2'),
    "ClaimShape": (r".*ontology#supports> .*", None),
    "EvidenceShape": (r".*ontology#sentence> .*", None),
    "SourceRecordShape": (r".*record/src/a> <\S+isPartOf> .*", None),
    "PayloadShape": (r'(.*ontology#sha256>) "a+"(.*)', r'\1 "none"\2'),
}  # fmt: skip


def test_every_shape_has_a_case() -> None:
    named = {str(shape).rpartition("#")[2] for shape in own_shapes().subjects() if str(shape).endswith("Shape")}
    assert named == set(BREAKS)


@pytest.mark.parametrize("shape", BREAKS)
def test_each_can_fail(shape: str, world: Any, base: Base, tmp_path: Path) -> None:
    pattern, instead = BREAKS[shape]
    lines = [
        changed
        for line in world.lines()
        if (changed := line if not re.search(pattern, line) else instead and re.sub(pattern, instead, line))
    ]
    assert lines != world.lines()
    assert shape in {violation.shape for violation in judged(lines, base, tmp_path).violations}
    conforms, said = shacl_report(lines)
    assert not conforms and "Constraint Violation" in said


def test_a_quote_that_is_not_in_its_sentence_is_found(world: Any, base: Base, tmp_path: Path) -> None:
    lines = [line.replace('oa#exact> "nets"', 'oa#exact> "nats"') for line in world.lines()]
    (violation,) = judged(lines, base, tmp_path).violations
    assert (violation.shape, violation.count) == ("MentionShape", 1)
    assert "quote" in violation.constraint and "/id/mention/" in violation.examples[0]
