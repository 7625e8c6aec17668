"""Things and relations by trained extractors: slopes that are right, a model that learns, files that come back."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise, product
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from typer.testing import CliRunner

from api.cli.main import app
from api.library import reader_for
from nlp.evaluation.base import Setting
from nlp.evaluation.gold.scierc import scierc
from nlp.evaluation.tasks.scierc import END_TO_END, ENTITIES, GIVEN, RELATIONS
from nlp.joint import naming, tagging
from nlp.joint.extractor import Extractor, Marked
from nlp.joint.extractor_training import kept, key_of, load, trained
from nlp.joint.model import JointModel, apart, layer
from nlp.joint.naming import Asked
from nlp.joint.parses import parsed
from nlp.joint.passages import LONGEST, Pair, passages
from nlp.joint.training import Annotated, Base, Plan, train
from nlp.joint.weighing import weighed
from nlp.learned.tagger import Tagger
from nlp.learned.tape import Node, Stretch, Tape, Weights
from nlp.matcher import Matcher
from nlp.relations import Thing
from ontology.documents import DocumentBuilder, clean
from ontology.errors import EncoderError, SettingsError
from ontology.namespaces import Base as BaseIri

METHODS = ("boosting", "bagging", "graph kernels", "beam search", "hidden Markov models", "dropout")
TASKS = ("parsing", "tagging", "machine translation", "word segmentation", "retrieval", "summarization")
WIDTH, HEADS = 24, 3
PLAN = Plan(low=0, high=2, hidden=32, epochs=20, encoder_rate=3e-3, head_rate=3e-3)


def sentence(pattern: str, method: str, task: str) -> Annotated:
    """A text of one sentence; in `pattern` M is the method and T the task, which the method is used for."""
    words: list[str] = []
    places = {}
    for word in pattern.split():
        name = {"M": method, "T": task}.get(word, word).split()
        if word in ("M", "T"):
            places[word] = (len(words), len(words) + len(name) - 1)
        words += name
    left, right = sorted(places.values())
    turn = ">" if left == places["M"] else "<"
    marks = {(0, *places["M"]): "Method", (0, *places["T"]): "Task"}
    return Annotated([words], marks, {(0, *left, *right): f"USED-FOR{turn}"} if "not" not in words else {})


PATTERNS = ("we use M for T .", "T is done with M .", "M is not about T .")
ALL = [sentence(p, m, t) for p, m, t in product(PATTERNS, METHODS, TASKS)]
KNOWN, NEW = [a for i, a in enumerate(ALL) if i % 4], ALL[::4]


def drawn(rows: int, columns: int, random: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return random.normal(0, 0.2, (rows, columns)).astype(np.float32)


def encoder_layer(number: int, random: np.random.Generator) -> Weights:
    sizes = {"qkv": (WIDTH, 3 * WIDTH), "out": (WIDTH, WIDTH), "up": (WIDTH, 2 * WIDTH), "down": (2 * WIDTH, WIDTH)}
    found: Weights = {}
    for name, size in sizes.items():
        found[f"layer{number}.{name}.matrix"] = drawn(*size, random)
        found[f"layer{number}.{name}.bias"] = drawn(1, size[1], random)[0]
    for name in ("attended", "fed"):
        found[f"layer{number}.{name}.scale"] = np.ones(WIDTH, dtype=np.float32)
        found[f"layer{number}.{name}.bias"] = np.zeros(WIDTH, dtype=np.float32)
    return found


@pytest.fixture(scope="module")
def base() -> Base:
    """An encoder that knows nothing: random weights, whole words as tokens."""
    random = np.random.default_rng(4)
    words = sorted({word.lower() for text in ALL for words in text.sentences for word in words})
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(["[CLS]", "[SEP]", "[UNK]", *words])}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 1)]
    )
    weights = {"words": drawn(len(words) + 3, WIDTH, random) * 5, "positions": drawn(512, WIDTH, random)}
    weights |= {"embedded.scale": np.ones(WIDTH, dtype=np.float32), "embedded.bias": np.zeros(WIDTH, dtype=np.float32)}
    weights |= encoder_layer(0, random) | encoder_layer(1, random)
    return Base(weights, tokenizer.to_str(), HEADS)


@pytest.fixture(scope="module")
def model(base: Base) -> JointModel:
    return train(base, KNOWN, PLAN)


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return trained(KNOWN)


def test_slopes_are_what_small_steps_show() -> None:
    """Slopes of a layer by its weights and its input, two texts at once, one of them with marks."""
    random = np.random.default_rng(1)
    weights = encoder_layer(0, random)
    given, aim = drawn(13, WIDTH, random) * 5, drawn(13, WIDTH, random)
    stretches = [Stretch(0, 4, 8), Stretch(8, 13, 13)]

    def run(chance: np.random.Generator | None) -> tuple[float, Weights]:
        tape = Tape(weights, chance)
        out = layer(tape, Node(given), 0, stretches, HEADS)
        if chance:
            out.send(aim)
        return float((out.value.astype(float) * aim).sum()), tape.backward()

    _, slopes = run(np.random.default_rng(0))
    for name, slope in slopes.items():
        step = drawn(1, weights[name].size, random).reshape(weights[name].shape)
        kept = weights[name]
        ends = []
        for size in (0.02, -0.02):
            weights[name] = kept + np.float32(size) * step
            ends.append(run(None)[0])
        weights[name] = kept
        assert (ends[0] - ends[1]) / 0.04 == pytest.approx(float((slope * step).sum()), rel=0.03, abs=0.01), name


def test_slopes_are_right_where_it_counts_how_far_away_rows_are() -> None:
    random = np.random.default_rng(2)
    weights = encoder_layer(0, random)
    given, aim = drawn(13, WIDTH, random) * 5, drawn(13, WIDTH, random)
    stretches = [Stretch(0, 4, 8), Stretch(8, 13, 13)]
    near = [random.normal(0, 2, (HEADS, s.last - s.begin, s.end - s.begin + 2)).astype(np.float32) for s in stretches]

    def run(rows: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> tuple[Node, Node, Tape]:
        tape = Tape(weights, np.random.default_rng(0))
        return (start := Node(rows)), layer(tape, start, 0, stretches, HEADS, near), tape

    start, out, tape = run(given)
    out.send(aim)
    tape.backward()
    step = drawn(13, WIDTH, random)
    ends = [float((run(given + np.float32(size) * step)[1].value.astype(float) * aim).sum()) for size in (0.02, -0.02)]
    assert start.slope is not None
    assert (ends[0] - ends[1]) / 0.04 == pytest.approx(float((start.slope * step).sum()), rel=0.03, abs=0.01)
    plain = layer(Tape(weights), Node(given), 0, stretches, HEADS).value
    assert not np.allclose(plain, out.value, atol=0.01)


def test_far_rows_share_what_they_add() -> None:
    """The distances of MPNet and T5: 32 numbers, half of them for what comes later."""
    told = apart(np.array([0, -1, -7, -8, -11, -12, -127, -128, -500, 1, 8, 90, 399]), 32)
    assert told.tolist() == [0, 1, 7, 8, 8, 9, 15, 15, 15, 17, 24, 30, 31]


def test_an_encoder_learns_things_and_relations_it_has_not_seen_together(model: JointModel) -> None:
    right = wanted = 0
    for text in NEW:
        (passage,) = passages(model.tokenizer, text.sentences)
        (logs,) = model.stretches([passage], model.states([passage]))
        said = {
            tuple(span): model.types[k]
            for span, k in zip(passage.spans.tolist(), logs.argmax(axis=1), strict=True)
            if k
        }
        assert said == {(first, last): kind for (_, first, last), kind in text.marks.items()}
        left, right_one = sorted(text.marks.items())
        pair = Pair(*left[0][1:], model.types.index(left[1]), *right_one[0][1:], model.types.index(right_one[1]))
        (scores,) = model.pairs([passage], model.states([passage]), [[pair]])
        wanted += 1
        right += model.relations[int(scores[0].argmax())] == next(iter(text.relations.values()), "none")
    assert right == wanted


def test_a_model_comes_back_from_its_file(model: JointModel) -> None:
    again = JointModel.unpacked(model.packed())
    (passage,) = passages(model.tokenizer, NEW[0].sentences)
    assert np.array_equal(
        again.stretches([passage], again.states([passage]))[0], model.stretches([passage], model.states([passage]))[0]
    )


def test_passages_hold_whole_sentences_and_end(base: Base) -> None:
    tokenizer = Tokenizer.from_str(base.tokenizer)
    text = [["parsing"] * 150, [], ["tagging"] * 300, ["retrieval"] * 900]
    found = list(passages(tokenizer, text))
    assert [(p.sentence, p.begins) for p in found] == [(0, (0, 150, 150)), (2, (0, 300)), (3, (0, 900))]
    assert [len(p.ids) for p in found] == [152, 302, LONGEST]
    assert found[2].first[-1] == LONGEST - 1
    assert found[0].spans[10].tolist() == [1, 1]


def test_shares_of_stretches_are_those_of_all_taggings(extractor: Extractor) -> None:
    """The tagger's probability of a stretch against the sum over every way to tag three words."""
    (row,) = tagging.rows(parsed([["boosting", "for", "parsing"]]))
    tagger = extractor.tagger
    scores = tagger.weights[row].sum(axis=1) * tagger.scale
    total, shares = 0.0, {}
    for tags in product(range(len(tagger.transitions)), repeat=3):
        weight = np.exp(
            sum(scores[i, t] for i, t in enumerate(tags)) + sum(tagger.transitions[a, b] for a, b in pairwise(tags))
        )
        total += weight
        for kind in range(2):
            if tags[0] == 1 + 2 * kind and tags[1] != 2 + 2 * kind:
                shares[kind] = shares.get(kind, 0.0) + weight
    said = np.exp(tagging.stretches(tagger, row)[0])
    assert said[1:] == pytest.approx([shares[0] / total, shares[1] / total], rel=1e-3)
    assert said.sum() == pytest.approx(1, abs=1e-3)


def test_an_extractor_without_an_encoder_reads_new_sentences(extractor: Extractor) -> None:
    words = ["we", "use", "beam", "search", "for", "summarization", "."]
    (marked,) = extractor.marked([words])
    assert [(m.first, m.last, m.type) for m in marked] == [(2, 3, "Method"), (5, 5, "Task")]
    named = [Thing(m.first, m.last, m.type) for m in marked]
    (held,) = extractor.related([words], [named])
    assert [(h.subject, h.object, h.name) for h in held] == [(0, 1, "USED-FOR")]
    (turned,) = extractor.related(
        [["parsing", "is", "done", "with", "dropout", "."]], [[Thing(0, 0, "Task"), Thing(4, 4, "Method")]]
    )
    assert [(h.subject, h.object) for h in turned] == [(1, 0)]
    assert extractor.marked([[]]) == [[]]


def test_encoders_have_a_say_beside_the_others(extractor: Extractor, model: JointModel) -> None:
    texts = [text.sentences for text in NEW[:6]]
    words = [words for sentences in texts for words in sentences]
    both = Extractor(extractor.tagger, extractor.linear, [model, model])
    grammar = parsed(words)
    for plain, told in zip(extractor.stretches(grammar), both.stretches(grammar), strict=True):
        assert np.array_equal(plain.plain, told.plain)
        assert told.tuned is not None
        assert told.tuned.shape == told.plain.shape
        assert np.exp(told.mean(0.5)).sum(axis=1) == pytest.approx(1, abs=1e-3)
        assert told.mean(0.0) == pytest.approx(plain.plain, abs=1e-3)
    named, held = both.extracted(words)
    assert [len(one) for one in named] == [2] * 6
    assert sum(map(len, held)) == sum(len(text.relations) for text in NEW[:6])


def test_of_readings_of_one_pair_the_likeliest_is_related(extractor: Extractor) -> None:
    """Two readings of the left thing; a third thing further on has its own relation."""
    named = [Marked(0, 1, "Method", 0.6), Marked(1, 1, "Method", 0.9), Marked(4, 4, "Task", 1), Marked(6, 6, "Task", 1)]
    asked = [(0, 2), (1, 2), (1, 3)]
    forward = extractor.relations.index("USED-FOR>")
    shares = np.full((3, len(extractor.relations)), 1e-6)
    shares[:, forward] = 0.9, 0.8, 0.5
    held = extractor.believed(named, asked, np.log(shares).astype(np.float32), doubt=1.0, least=0.4)
    assert [(h.subject, h.object, h.confidence) for h in held] == [(1, 2, 0.72), (1, 3, 0.45)]
    assert extractor.believed(named, asked[:1], np.log(shares[:1]).astype(np.float32), doubt=1.0, least=0.4) != []
    assert extractor.believed(named, [], shares[:0].astype(np.float32)) == []


def test_how_models_are_put_together_is_chosen_by_their_answers(extractor: Extractor, model: JointModel) -> None:
    """Beside a tagger that says the contrary of what is right, the encoder is given the larger share."""
    tagger = extractor.tagger
    wrong = Tagger(tagger.types, -tagger.weights, tagger.scale, tagger.transitions)
    told: list[str] = []
    chosen = weighed(Extractor(wrong, extractor.linear, [model]), NEW, told.append)
    assert told == [
        f"F1 on the {len(NEW)} texts held out, by the best settings: things 1.000, relations of things that are given "
        "1.000, from end to end 1.000"
    ]
    assert chosen.share > 0.5
    settled = Extractor(wrong, extractor.linear, [model], chosen)
    text = NEW[0]
    assert {(m.first, m.last, m.type) for m in settled.marked(text.sentences)[0]} == {
        (first, last, kind) for (_, first, last), kind in text.marks.items()
    }


def test_training_happens_once_for_the_same_texts(tmp_path: Path) -> None:
    told: list[str] = []
    first = kept(KNOWN[:30], tmp_path, (), told.append)
    again = kept(KNOWN[:30], tmp_path, (), told.append)
    assert len(told) == 1 and first.tagger.packed() == again.tagger.packed()
    assert key_of(KNOWN[:30]) != key_of(KNOWN[:29])
    (folder,) = tmp_path.glob("extractor-*")
    alone = trained([Annotated([["parsing", "works"]], {(0, 0, 0): "Task"}, {})] * 3)
    assert alone.extracted([["parsing", "works"]]) == ([[alone.marked([["parsing", "works"]])[0][0]]], [[]])
    with pytest.raises(SettingsError, match="nothing is marked"):
        trained([Annotated([["parsing", "works"]], {}, {})])
    (folder / "linear.npz").write_bytes(b"broken")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load(folder)


def test_texts_by_other_annotators_that_no_epoch_shares_change_nothing(base: Base) -> None:
    own, more = KNOWN[:12], KNOWN[12:16]
    plan = msgspec.structs.replace(PLAN, epochs=1, shared=0)
    alone = train(base, own, plan).packed()
    assert train(base, own, plan, more=more).packed() == alone
    assert train(base, own, msgspec.structs.replace(plan, shared=1), more=more).packed() != alone


def test_texts_by_other_annotators_teach_the_tagger_and_the_classifier() -> None:
    """A wording of the relation that only they have."""
    words = ["boosting", "serves", "parsing", "."]
    more = [sentence("M serves T .", method, task) for method, task in product(METHODS[1:], TASKS[1:])]
    named = [[Thing(0, 0, "Method"), Thing(2, 2, "Task")]]
    given = [one for one in KNOWN if one.relations][:40]
    both, alone = trained(given, more=more), trained(given)
    assert [one.name for one in both.related([words], named)[0]] == ["USED-FOR"]
    assert key_of(given, more) != key_of([*given, *more])
    assert both.relations == alone.relations


def test_scierc_is_read_and_scored(tmp_path: Path, extractor: Extractor) -> None:
    """Two abstracts in the published form, offsets counted over the document."""
    document = {
        "sentences": [["A", "note", "."], ["parsing", "is", "done", "with", "boosting", "."]],
        "ner": [[], [[3, 3, "Task"], [7, 7, "Method"]]], "relations": [[], [[7, 7, 3, 3, "USED-FOR"]]],
    }  # fmt: skip
    (tmp_path / "train.json").write_text(json.dumps(document) + "\n\n", encoding="utf-8")
    (text,) = scierc(tmp_path, "train")
    assert text.marks == {(1, 0, 0): "Task", (1, 4, 4): "Method"}
    assert text.relations == {(1, 0, 0, 4, 4): "USED-FOR<"}
    from nlp.evaluation.tasks import scierc as tasks

    assert tasks._relations(extractor, text) == (1, 1, 1)
    assert tasks._entities(extractor, text)[0] == 2
    assert {task.name for task in (ENTITIES, RELATIONS, END_TO_END)} == {
        "entities-scierc", "relations-scierc", "scierc-end-to-end",
    }  # fmt: skip
    (tmp_path / "train.json").write_text('{"sentences": 3}', encoding="utf-8")
    with pytest.raises(SettingsError, match="line 1"):
        list(scierc(tmp_path, "train"))


def test_related_stretches_are_told_how(extractor: Extractor) -> None:
    """Which way round is known; a stretch that is not there is refused, a very long one is not."""
    words = ["we", "use", "beam", "search", "for", "summarization", "."]
    forward, back = naming.named(extractor, words, [Asked((2, 3), (5, 5)), Asked((5, 5), (2, 3))])
    assert forward == {"USED-FOR": pytest.approx(1)}
    assert back == {"USED-FOR": pytest.approx(1)}
    told = np.array([0.5, 0.1, 0.2, 0.05, 0.15], dtype=np.float32)
    classes = ("none", "PART-OF<", "PART-OF>", "COMPARE<", "COMPARE>")
    for forward_too, part in ((True, 0.2), (False, 0.1)):
        shares = naming._shares(classes, told, forward=forward_too)
        assert shares == pytest.approx({"PART-OF": part / (part + 0.2), "COMPARE": 0.2 / (part + 0.2)})
    (long,) = naming.named(extractor, ["parsing"] * 40, [Asked((0, 29), (35, 35))])
    assert set(long) <= {"USED-FOR"}
    with pytest.raises(ValueError, match="no two stretches of 7 words"):
        naming.named(extractor, words, [Asked((2, 3), (5, 7))])


def test_marked_pairs_are_scored(tmp_path: Path) -> None:
    """Training abstracts in one folder, sentences with marked pairs in the other."""
    (tmp_path / "scierc").mkdir()
    lines = []
    for text in KNOWN[:45]:
        marks = [[first, last, kind] for (_, first, last), kind in text.marks.items()]
        held = [
            [*((a, b, c, d) if name[-1] == ">" else (c, d, a, b)), name[:-1]]
            for (_, a, b, c, d), name in text.relations.items()
        ]
        lines.append(json.dumps({"sentences": text.sentences, "ner": [marks], "relations": [held]}))
    (tmp_path / "scierc/train.json").write_text("\n".join(lines), encoding="utf-8")
    place = tmp_path / GIVEN.gold
    place.mkdir(parents=True)
    item = {"text": "we use [[ beam search ]] for << parsing >> .", "label": "USED-FOR", "metadata": [2, 3, 5, 5]}
    (place / "dev.txt").write_text(f"{json.dumps(item)}\n\n{json.dumps(item)}\n", encoding="utf-8")
    setting = Setting(gold=tmp_path, vocabularies=tmp_path, models=tmp_path)
    plain = next(GIVEN.measure(setting))
    assert [(m.name, m.value) for m in plain.measures] == [("macro F1", 1.0), ("accuracy", 1.0)]
    assert plain.counts == {"documents": 2}
    (place / "dev.txt").write_text(json.dumps({**item, "text": "no marks"}), encoding="utf-8")
    with pytest.raises(SettingsError, match="line 1"):
        next(GIVEN.measure(setting))


def test_a_data_folder_reads_with_the_extractor_that_was_trained_for_it(tmp_path: Path) -> None:
    lines = []
    for text in KNOWN[:40]:
        marks = [[first, last, kind] for (_, first, last), kind in text.marks.items()]
        lines.append(json.dumps({"sentences": text.sentences, "ner": [marks], "relations": [[]]}))
    (tmp_path / "train.json").write_text("\n".join(lines), encoding="utf-8")
    data = tmp_path / "data"
    done = CliRunner().invoke(app, ["train", "extractor", str(tmp_path), "--no-encoder", "--data", str(data)])
    assert done.exit_code == 0, done.output
    assert "trained on 40 texts" in done.stdout.replace("\n", " ")
    (data / "vocabularies").mkdir()
    Matcher.build([]).save(matcher := data / "vocabularies" / "none.matcher")
    builder = DocumentBuilder("en")
    builder.block("paragraph", "abs/p/1", clean("We use graph kernels for word segmentation."))
    document = builder.build()
    reader = reader_for(matcher, BaseIri("https://example.org"))
    reading = reader.read_one(document)
    found = {(m.text, m.type, m.method) for m in reading.mentions}
    assert {("graph kernels", "method", "extractor"), ("word segmentation", "task", "extractor")} <= found
    assert reader_for(matcher, BaseIri("https://example.org")).read_one(document) == reading
    shutil.rmtree(data / "extractor")
    without = reader_for(matcher, BaseIri("https://example.org"))
    assert without.maker.configuration != reader.maker.configuration
    assert all(m.method != "extractor" for m in without.read_one(document).mentions)
