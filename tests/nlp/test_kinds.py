"""Claims that cannot be, whatever a sentence seems to say."""

from __future__ import annotations

import pytest

from nlp.kinds import Judge
from nlp.matcher import Matcher
from ontology.namespaces import expand
from ontology.reading import Mention
from ontology.scheme import Concept, Label, Scheme

TREE = {
    "Persons": "", "Women": "Persons", "Body Regions": "", "Head": "Body Regions", "Neoplasms": "",
    "Sarcoma": "Neoplasms", "Carcinoma": "Neoplasms", "Therapeutics": "", "Surgery": "Therapeutics",
    "Organic Chemicals": "", "Aspirin": "Organic Chemicals", "Arts": "", "Music": "Arts",
}  # fmt: skip


@pytest.fixture(scope="module")
def judge() -> Judge:
    concepts = [
        Concept(iri=f"urn:{name}", labels=(Label(name),), broader=(f"urn:{up}",) if up else ())
        for name, up in TREE.items()
    ]
    return Judge(Matcher.build([Scheme("urn:tree", "tree", concepts)]))


def mention(name: str, kind: str = "") -> Mention:
    return Mention(begin=0, end=1, text=name, concept=f"urn:{name}", label=name, confidence=1, sentence="s", type=kind)


@pytest.mark.parametrize(
    ("subject", "predicate", "object_", "may_be"),
    [
        ("Women", "improvesOn", "Women", False),
        ("Women", "uses", "Surgery", False),
        ("Surgery", "uses", "Aspirin", True),
        ("Music", "uses", "Surgery", True),
        ("Aspirin", "treats", "Sarcoma", True),
        ("Aspirin", "treats", "Head", False),
        ("Head", "causes", "Sarcoma", False),
        ("Sarcoma", "isA", "Neoplasms", True),
        ("Neoplasms", "isA", "Sarcoma", False),
        ("Carcinoma", "isA", "Sarcoma", False),
        ("Sarcoma", "isA", "Head", False),
        ("Sarcoma", "isA", "Music", True),
        ("Sarcoma", "isA", "something unknown", True),
    ],
)
def test_kinds_forbid_relations(judge: Judge, subject: str, predicate: str, object_: str, may_be: bool) -> None:
    assert judge.plausible(expand(f"gn:{predicate}"), mention(subject), mention(object_)) == may_be


def test_things_of_no_vocabulary_are_judged_by_their_type(judge: Judge) -> None:
    assert not judge.plausible(expand("gn:uses"), mention("F1", "metric"), mention("BERT", "method"))
    assert judge.plausible(expand("gn:uses"), mention("parsing", "task"), mention("BERT", "method"))
    assert not judge.plausible(expand("gn:treats"), mention("aspirin", "chemical"), mention("TP53", "gene"))


def test_nothing_is_a_kind_of_what_is_of_another_nature(judge: Judge) -> None:
    isa = expand("gn:isA")
    assert not judge.plausible(isa, mention("Sarcoma"), mention("humans", "organism"))
    assert judge.plausible(isa, mention("TP53", "gene"), mention("Aspirin"))
    assert judge.plausible(isa, mention("translation", "method"), mention("NLP", "task"))
