"""The harness: scores that can be checked by hand, readers of gold formats, the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from typer.testing import CliRunner

from api.cli.main import app
from nlp.evaluation.base import Measure, Result, Setting, evaluate
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.gold.pubtator import read_pubtator
from nlp.evaluation.report import turtle
from nlp.evaluation.scores import Tally, counts, f1_at, macro, mean, micro, ndcg_at, tally
from nlp.intent_training import lessons
from ontology.errors import SettingsError

ABSTRACTS = """\
7|t|On ataxia
7|a|Ataxia and breast cancer.
7\t3\t9\tataxia\tSpecificDisease\tD001259
7\t10\t16\tAtaxia\tModifier\tMESH:D001259|OMIM:208900
7\t21\t34\tbreast cancer\tDisease\t-
7\tAssociation\tD001259\t472\tNovel

8|t|Nothing
8|a|
"""


def test_micro_scores_are_sums_over_documents() -> None:
    tallies = [tally({"a", "b"}, {"a", "c"}), Tally(3, 3, 4)]
    precision, recall, f1 = micro(tallies)
    assert (precision.value, recall.value) == (pytest.approx(4 / 5), pytest.approx(4 / 6))
    assert f1.value == pytest.approx(2 * 4 / (5 + 6))
    assert f1.low <= f1.value <= f1.high
    assert counts(tallies) == {"documents": 2, "right": 4, "found": 5, "wanted": 6}


def test_intervals_are_the_same_every_time_and_narrow_with_more_documents() -> None:
    few, many = [Tally(1, 2, 2), Tally(2, 2, 2)] * 5, [Tally(1, 2, 2), Tally(2, 2, 2)] * 500
    assert micro(few) == micro(few)
    width = [m.high - m.low for m in (micro(few)[2], micro(many)[2])]
    assert width[1] < width[0] / 5


def test_macro_f1_counts_every_class_alike() -> None:
    f1, accuracy = macro(["a", "a", "a", "b"], ["a", "a", "a", "a"])
    assert f1.value == pytest.approx((6 / 7 + 0) / 2)
    assert accuracy.value == pytest.approx(0.75)


def test_ranked_scores() -> None:
    assert f1_at(["x", "a", "b"], {"a", "c"}, 2) == pytest.approx(0.5)
    assert ndcg_at(["x", "a"], {"a"}, 10) == pytest.approx(1 / 1.5849625, rel=1e-6)
    assert ndcg_at([], {"a"}, 10) == 0.0
    assert mean("nDCG", [0.0, 1.0]).value == pytest.approx(0.5)


def test_pubtator_keeps_places_types_and_ids(tmp_path: Path) -> None:
    file = tmp_path / "Test.PubTator"
    file.write_text(ABSTRACTS)
    first, second = read_pubtator(file)
    document = first.document()
    assert [document.text[m.begin : m.end] for m in first.annotations] == [m.text for m in first.annotations]
    assert first.annotations[1].ids == ("D001259", "OMIM:208900")
    assert first.annotations[2].ids == ()
    assert second.annotations == ()


def test_parts_are_told_by_file_or_folder_names(tmp_path: Path) -> None:
    for name in ("Training/1.abstr", "Validation/2.abstr", "Test/3.abstr"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [p.name for p in files_of(tmp_path, "dev")] == ["2.abstr"]
    assert [p.name for p in files_of(tmp_path, "test", (".abstr",))] == ["3.abstr"]
    assert files_of(tmp_path / "Test/3.abstr", "train") == [tmp_path / "Test/3.abstr"]
    with pytest.raises(SettingsError, match="no train part"):
        files_of(tmp_path, "train", (".contr",))


def test_a_missing_gold_standard_is_named_or_passed_over(tmp_path: Path) -> None:
    said: list[str] = []
    setting = Setting(gold=tmp_path, vocabularies=tmp_path, progress=said.append)
    assert list(evaluate((), setting)) == []
    assert any("linking-ncbi" in text for text in said)
    with pytest.raises(SettingsError, match="no evaluation task is called 'x'"):
        list(evaluate(("x",), setting))


def test_results_become_quality_measurements() -> None:
    result = Result(
        task="linking", system="gnomon", part="dev", counts={"documents": 3}, measures=(Measure("F1", 0.5, 0.4, 0.6),)
    )
    graph = Graph().parse(data=turtle([result]), format="turtle")
    value = URIRef("http://www.w3.org/ns/dqv#value")
    assert [o.toPython() for o in graph.objects(None, value) if isinstance(o, Literal)] == [pytest.approx(0.5)]


def test_the_command_prints_figures_with_counts(tmp_path: Path) -> None:
    (tmp_path / "NCBItestset_corpus.txt").write_text(ABSTRACTS)
    (tmp_path / "mesh").mkdir()
    (tmp_path / "mesh/mesh_id_label_mappings.tsv").write_text("D001259\tAtaxia\tAtaxias\tC10.597.350.090\t\n")
    arguments = ["evaluate", "linking-ncbi", "--gold", str(tmp_path), "--part", "test", "--json"]
    done = CliRunner().invoke(app, [*arguments, "--vocabularies", str(tmp_path)], catch_exceptions=False)
    results = {result["system"]: result for result in json.loads(done.stdout)}
    untrained = results["gnomon, no training mentions, MeSH descriptors"]
    assert untrained["counts"] == {"documents": 2, "right": 1, "found": 1, "wanted": 1}
    assert {m["name"]: m["value"] for m in untrained["measures"]} == {"precision": 1, "recall": 1, "F1": 1}


def test_citation_intents_are_learned_from_the_published_training_part_where_it_lies_beside(tmp_path: Path) -> None:
    """Its lines have more fields than the parts that SciBERT passes on."""
    said = {
        "method": "We used the tool of {} to align all reads.",
        "result": "This agrees with the findings of {} in patients.",
        "background": "Many models have been proposed before, see {}.",
    }
    names = ["Ada (2001)", "Bo et al. (2010)", "Cy and Di (1999)", "Eve (2014)", "Flo (2003)", "Gil (2012)"]
    rows = [(label, text.format(name)) for label, text in said.items() for name in names]
    published = [
        {"source": "properNoun", "citeStart": 4, "citeEnd": 9, "sectionName": "Methods", "string": text, "label": label,
         "label_confidence": 1.0, "isKeyCitation": False, "id": str(number), "citingPaperId": "a", "citedPaperId": "b"}
        for number, (label, text) in enumerate(rows * 3)
    ]  # fmt: skip
    passed_on = [{"text": text.replace("all", "both"), "label": label, "metadata": {}} for label, text in rows]
    folder = tmp_path / "scibert_data" / "text_classification" / "sci-cite"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_text("\n".join(map(json.dumps, published)), encoding="utf-8")
    (folder / "test.txt").write_text("\n".join(map(json.dumps, passed_on)), encoding="utf-8")
    setting = Setting(gold=tmp_path, vocabularies=tmp_path, part="test")
    ships, trained = evaluate(("citation-intent",), setting)
    assert trained.system == f"gnomon, trained on {54 + len(lessons().rows):,} other sentences"
    assert trained.measures[0].value == 1.0
    assert ships.counts == trained.counts == {"documents": 18}
    (folder / "train.jsonl").unlink()
    assert [result.system for result in evaluate(("citation-intent",), setting)] == ["gnomon"]
