"""Each quality check finds its fault in an invented scheme, and nothing in a sound one."""

from __future__ import annotations

from ontology.checks import CHECKS, check_scheme
from ontology.scheme import Concept, Label, Match, Scheme


def scheme(*concepts: Concept) -> Scheme:
    return Scheme("urn:s", "s", concepts)


def concept(
    name: str, *broader: str, related: tuple[str, ...] = (), labels: tuple[Label, ...] = (), **more: object
) -> Concept:
    return Concept(iri=name, labels=labels or (Label(name),), broader=broader, related=related, **more)  # type: ignore[arg-type]


SOUND = (concept("top"), concept("mid", "top"), concept("low", "mid", related=("side",)), concept("side", "top"))


def found(*concepts: Concept, notes: bool = False) -> dict[str, list[tuple[str, ...]]]:
    table: dict[str, list[tuple[str, ...]]] = {}
    for finding in check_scheme(scheme(*concepts)):
        if finding.severity == "note" and not notes:
            continue
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


def test_each_further_check_finds_its_fault() -> None:
    def one(check: str, *concepts: Concept) -> list[tuple[str, ...]]:
        assert check not in found(*WELL, notes=True)
        return found(*WELL, *concepts, notes=True)[check]

    assert one("reflexive_relation", well("x", "top", related=("http://e.x/x",)))
    assert one("empty_label", well("x", "top", labels=(Label("x"), Label(" ", kind="alt"))))
    assert one("unprintable_label", well("x", "top", labels=(Label("x\ufffd"),)))
    assert one("ambiguous_notation", well("x", "top", notation="1"), well("y", "top", notation="1"))
    assert one("mapping_clash", well("x", "top", exact=("urn:o",), matches=(Match("urn:o", "broad"),)))
    assert one("internal_mapping", well("x", "top", exact=("http://e.x/top",)))
    assert one("shared_exact_match", well("x", "top", exact=("urn:o",)), well("y", "top", exact=("urn:o",)))
    assert one("invalid_language", well("x", "top", labels=(Label("x", "no tag"),)))
    assert one("over_general_relation", well("x", "top", related=tuple(f"urn:{n}" for n in range(51))))
    apart = (well("x"), well("y", "x"))
    assert one("disconnected_cluster", *apart) == [("http://e.x/x", "http://e.x/y")]
    assert one("one_way_relation", well("x", "top", related=("http://e.x/mid",)))
    assert one("valueless_relation", well("x", "top", related=("http://e.x/y",)), well("y", "top"))
    assert one("deprecated_without_successor", well("x", "top", deprecated=True))
    assert one("undocumented", well("x", "top", definition=""))
    assert one("no_common_language", well("x", "top", labels=(Label("x", "de"),))) == [("urn:s",)]
    assert one("uncommon_iri", Concept(iri="urn:x", labels=(Label("x"),), broader=("http://e.x/top",), definition="."))
    assert found(*SOUND, notes=True)["unmapped"] == [("urn:s",)]


def well(name: str, *broader: str, **more: object) -> Concept:
    """A concept of which nothing is to be said."""
    said = {"labels": (Label(name),), "definition": "What it is."} | more
    return Concept(iri=f"http://e.x/{name}", broader=tuple(f"http://e.x/{one}" for one in broader), **said)  # type: ignore[arg-type]


WELL = (well("top", exact=("urn:else",)), well("mid", "top"), well("low", "mid"))


def test_a_deprecated_concept_may_share_its_label() -> None:
    assert "label_clash" not in found(*SOUND, concept("x", "top", labels=(Label("mid"),), deprecated=True))


def test_checks_can_be_chosen() -> None:
    assert [one.check for one in check_scheme(scheme(concept("x")), only=["orphan"])] == ["orphan"]
    assert all(check.__doc__ for check in CHECKS.values())
