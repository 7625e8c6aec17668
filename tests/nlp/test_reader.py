from __future__ import annotations

import random
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.explain import explain_mention
from nlp.linking import LinkingSettings
from nlp.matcher import Matcher
from nlp.reader import Reader, ReaderSettings
from nlp.trained_labels import LabelCount, TrainedLabels
from ontology.documents import DocumentBuilder, clean
from ontology.errors import NotFound
from ontology.reading import Reading, text_version
from ontology.records import Document
from ontology.scheme import Concept, Label, Scheme

PARSING = (
    "Neural networks for machine translation",
    "We study machine translation and syntactic parsing. The transformer is compared with a support vector machine "
    "(SVM). The SVM uses a treebank. Parsing of the head with neural networks helps machine translation.",
)
CLINIC = (
    "Metformin in type 2 diabetes mellitus",
    "Metformin treats type 2 diabetes mellitus and hyperglycaemia. Patients with diabetes mellitus and AIDS were seen. "
    "The head was injured by a transformer.",
)


def document(title: str, *paragraphs: str, language: str = "en") -> Document:
    builder = DocumentBuilder(language)
    builder.block("title", "title", clean(title))
    opened = builder.open("abstract", "abs")
    for paragraph in paragraphs:
        builder.block("paragraph", builder.number("abs/p"), clean(paragraph))
    builder.close(opened)
    return builder.build()


def names(reading: Reading) -> set[str]:
    return {mention.concept.rpartition("/")[2] for mention in reading.mentions}


def test_mentions_are_exact_and_lie_in_their_sentence(small_reader: Reader) -> None:
    doc = document(*PARSING)
    reading = small_reader.read_one(doc)
    places = {s.path: s for s in reading.sentences}
    assert reading.mentions
    for mention in reading.mentions:
        sentence = places[mention.sentence]
        assert doc.text[mention.begin : mention.end] == mention.text
        assert sentence.begin <= mention.begin < mention.end <= sentence.end
        assert 0 <= mention.confidence <= 1
    assert reading.text_version == text_version(doc.text)
    assert reading.language == "en"


def test_the_document_decides_what_an_ambiguous_word_means(small_reader: Reader) -> None:
    senses = {m.concept for m in small_reader.read_one(document(*PARSING)).mentions if m.text == "transformer"}
    assert senses == {"http://example.org/computing/transformer"}
    assert "computing/transformer" not in " ".join(m.concept for m in small_reader.read_one(document(*CLINIC)).mentions)


def test_single_words_of_the_wrong_field_are_not_linked(small_reader: Reader) -> None:
    assert "head" not in names(small_reader.read_one(document(*PARSING)))


def test_a_defined_abbreviation_means_its_long_form(small_reader: Reader) -> None:
    found = {m.text: m for m in small_reader.read_one(document(*PARSING)).mentions if m.text == "SVM"}
    assert found["SVM"].concept.endswith("support-vector-machine")
    assert found["SVM"].method == "abbreviation"


def test_an_abbreviation_defined_as_something_else_is_not_linked(small_reader: Reader) -> None:
    doc = document("Acquired ion detection", "We use acquired ion detection systems (AIDS). AIDS is a new device.")
    assert "acquired-immunodeficiency-syndrome" not in names(small_reader.read_one(doc))


def test_topics_explain_their_scores(small_reader: Reader) -> None:
    topics = small_reader.read_one(document(*PARSING)).topics
    assert topics[0].concept.endswith("machine-translation")
    assert all(one.score >= other.score for one, other in pairwise(topics))
    for topic in topics:
        assert 0 < topic.score < 1
        assert sum(reason.weight for reason in topic.reasons) == pytest.approx(topic.score)
    first = topics[0].reasons[0]
    assert (first.label, first.count, first.places) == ("machine translation", 3, ("title", "abstract"))


def test_the_same_document_is_read_the_same_in_any_batch(small_reader: Reader) -> None:
    documents = [document(*PARSING), document(*CLINIC), document(*CLINIC, *PARSING)] * 3
    alone = [small_reader.read_one(doc) for doc in documents]
    order = list(range(len(documents)))
    random.Random(4).shuffle(order)
    together = dict(zip(order, small_reader.read(documents[i] for i in order), strict=True))
    assert [together[i] for i in range(len(documents))] == alone


def test_the_configuration_follows_settings_and_vocabularies(
    small_reader: Reader, small_matcher: Matcher, small_schemes: tuple[object, object]
) -> None:
    same = Reader(small_matcher)
    strict = Reader(small_matcher, ReaderSettings(linking=LinkingSettings(threshold=0.9)))
    other = Reader(Matcher.build(small_schemes[:1]))  # type: ignore[arg-type]
    assert same.maker == small_reader.maker
    assert len({small_reader.maker.configuration, strict.maker.configuration, other.maker.configuration}) == 3


def test_a_language_without_grammar_is_read_with_a_note(small_reader: Reader) -> None:
    doc = document("关于糖尿病的研究", "本文研究糖尿病。方法有效。", language="zh")
    reading = small_reader.read_one(doc)
    assert reading.language == "zh"
    assert [doc.text[s.begin : s.end] for s in reading.sentences][1:] == ["本文研究糖尿病。", "方法有效。"]
    assert any("zh" in note for note in reading.notes)
    assert reading.claims == ()


def test_names_in_citations_and_addresses_are_no_mentions(small_reader: Reader) -> None:
    builder = DocumentBuilder("en")
    text = "Machine translation is old (Metformin, 2004); see http://example.org/machine-translation for more."
    block = builder.block("paragraph", "sec/1/p/1", text)
    builder.mark(block, "citation", "cit/1", text.index("("), text.index(")") + 1, refs=("b1",))
    reading = small_reader.read_one(builder.build())
    assert [m.text for m in reading.mentions] == ["Machine translation"]
    assert reading.citations[0].sentence == "sec/1/p/1/s/1"
    assert reading.citations[0].refs == ("b1",)


def test_explain_shows_the_candidates(small_reader: Reader) -> None:
    doc = document(*PARSING)
    begin = doc.text.index("transformer")
    explained = explain_mention(small_reader, doc, begin, begin + 11)
    assert [(e.scheme, e.chosen) for e in explained] == [("computing", True), ("medicine", False)]
    assert explained[0].affinity > explained[1].affinity
    with pytest.raises(NotFound):
        explain_mention(small_reader, doc, 0, 1_000)


def test_a_reading_survives_json(small_reader: Reader) -> None:
    reading = small_reader.read_one(document(*CLINIC))
    assert msgspec.json.decode(msgspec.json.encode(reading), type=Reading) == reading


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(alphabet="Metformin treats SVM ().,\u0301é糖尿病", max_size=200))
def test_any_text_can_be_read(small_reader: Reader, title: str, body: str) -> None:
    doc = document(title, body)
    for mention in small_reader.read_one(doc).mentions:
        assert doc.text[mention.begin : mention.end] == mention.text


def test_an_empty_document_reads_empty(small_reader: Reader) -> None:
    reading = small_reader.read_one(Document(text="", fragments=()))
    assert (reading.sentences, reading.mentions, reading.topics) == ((), (), ())


def test_what_abstracts_of_one_field_taught_counts_less_in_another(small_schemes: tuple[Scheme, Scheme]) -> None:
    sugar = "http://example.org/medicine/hyperglycemia"
    counted = LabelCount("Hyperglycemia", 9, 9, {sugar: 9})
    taught = TrainedLabels({("hyperglycemia",): counted}, ["http://example.org/medicine/diseases"])
    reader = Reader(Matcher.build(small_schemes, taught))
    assert "hyperglycemia" in names(reader.read_one(document(*CLINIC)))
    title, text = PARSING
    assert "hyperglycemia" not in names(reader.read_one(document(title, f"{text} Hyperglycemia wins.")))


def test_a_species_is_no_disease(small_schemes: tuple[Scheme, Scheme]) -> None:
    medicine = small_schemes[1]
    more = Scheme(
        medicine.iri, medicine.name, [*medicine, Concept(iri="http://example.org/p", labels=(Label("Gout"),))]
    )
    reader = Reader(Matcher.build([more]))
    assert "p" in names(reader.read_one(document("Gout", "Metformin treats gout and diabetes mellitus.")))
    assert "p" not in names(reader.read_one(document("Metformin", "Metformin and diabetes mellitus in K. gout.")))


def test_a_word_with_a_qualifier_needs_its_field() -> None:
    def concept(name: str, label: str, *broader: str) -> Concept:
        return Concept(iri=f"http://example.org/{name}", labels=(Label(label),), broader=broader)

    mind = [
        concept("mind", "Mental functions"),
        concept("inhibition", "Inhibition (Psychology)", "http://example.org/mind"),
        *(concept(name, f"{name} mechanism", "http://example.org/mind") for name in ("defence", "habit", "attention")),
        concept("plants", "Plants"),
        *(concept(f"p{n}", f"plant family {n}", "http://example.org/plants") for n in range(200)),
    ]
    reader = Reader(Matcher.build([Scheme("http://example.org/", "words", mind)]))
    assert "inhibition" not in names(reader.read_one(document("Plant family 7", "Plant family 7 knows no inhibition.")))
    text = "Inhibition is one of the mental functions: a defence mechanism, habit mechanism and attention mechanism."
    assert "inhibition" in names(reader.read_one(document("Mental functions", text)))


def test_a_word_of_the_contrary_is_not_the_word(small_reader: Reader) -> None:
    text = (
        "Metformin treats type 2 diabetes mellitus and hyperglycemia. {} was seen in patients with diabetes mellitus."
    )
    for word, found in (("Anti-diabetes", False), ("non-diabetes", False), ("Diabetes", True)):
        mentions = small_reader.read_one(document("Metformin", text.format(word))).mentions
        assert found == any(m.text in ("diabetes", "Diabetes") for m in mentions)


def test_what_is_part_of_a_longer_word_is_not_linked(small_reader: Reader) -> None:
    text = "Metformin treats hyperglycemia. In {} it was seen, too."
    name = "type 2 diabetes mellitus"
    for words, linked in ((f"cross-{name}", False), (f"{name}-like pain", False), (name, True)):
        doc = document("Metformin", text.format(words))
        links = small_reader.links(doc, "en")
        assert linked == any(doc.text[link.begin : link.end] == name for link in links)
