"""Each quality check finds its fault in an invented scheme, and nothing in a sound one."""

from __future__ import annotations

from ontology.checks import CHECKS, check_scheme
from ontology.scheme import Concept, Label, Scheme


def scheme(*concepts: Concept) -> Scheme:
    return Scheme("urn:s", "s", concepts)


def concept(
    name: str, *broader: str, related: tuple[str, ...] = (), labels: tuple[Label, ...] = (), **more: object
) -> Concept:
    return Concept(iri=name, labels=labels or (Label(name),), broader=broader, related=related, **more)  # type: ignore[arg-type]


SOUND = (concept("top"), concept("mid", "top"), concept("low", "mid", related=("side",)), concept("side", "top"))


def found(*concepts: Concept) -> dict[str, list[tuple[str, ...]]]:
    table: dict[str, list[tuple[str, ...]]] = {}
    for finding in check_scheme(scheme(*concepts)):
        table.setdefault(finding.check, []).append(finding.concepts)
    return table


def test_a_sound_scheme_has_no_finding() -> None:
    assert found(*SOUND) == {}


def test_each_check_finds_its_fault() -> None:
    assert found(concept("a", "c"), concept("b", "a"), concept("c", "b"))["cyclic_hierarchy"] == [("a", "c", "b", "a")]
    assert found(concept("a", "nowhere"))["unknown_links"] == [("a", "nowhere")]
    assert found(*SOUND, concept("x", "top", labels=(Label("x", kind="alt"),)))["missing_preferred_label"] == [("x",)]
    two = (Label("x"), Label("y"), Label("x", kind="alt"))
    assert len(found(*SOUND, concept("x", "top", labels=two))["inconsistent_labels"]) == 2
    assert found(*SOUND, concept("x", "top", labels=(Label("MID"),)))["label_clash"] == [("mid", "x")]
    assert found(*SOUND, concept("x"))["orphan"] == [("x",)]
    assert found(*SOUND, concept("x", "top", labels=(Label("x", "de"),)))["missing_translation"] == [("x",)]
    assert found(*SOUND, concept("x", "low", related=("top",)))["relation_clash"] == [("x", "top")]
    assert found(*SOUND, concept("x", "low", "top"))["redundant_broader"] == [("x", "top")]
    assert found(*SOUND, concept("x", "top", deprecated=True), concept("y", "x"))["deprecated_in_use"] == [("y", "x")]


def test_a_deprecated_concept_may_share_its_label() -> None:
    assert "label_clash" not in found(*SOUND, concept("x", "top", labels=(Label("mid"),), deprecated=True))


def test_checks_can_be_chosen() -> None:
    assert [one.check for one in check_scheme(scheme(concept("x")), only=["orphan"])] == ["orphan"]
    assert all(check.__doc__ for check in CHECKS.values())
