from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.language import detect
from nlp.sentences import MAX_SENTENCE, sentences, split
from ontology.documents import DocumentBuilder


def parts(text: str, language: str = "en") -> list[str]:
    return [text[begin:end] for begin, end in split(text, language)]


@pytest.mark.parametrize(
    "text",
    [
        "We follow Kim et al. (2014) here.",
        "It is shown in Fig. 2 and Eqs. S3 and S4.",
        "The E. coli strain grew.",
        "This holds, e.g. Smith showed it, i.e. It works.",
        "The value is 3.5 cm.",
        "Work by J. R. Smith is known.",
        "1. Introduction",
        "A gene vs. The control.",
    ],
)
def test_one_sentence_stays_whole(text: str) -> None:
    assert parts(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It works. We stop.", ["It works.", "We stop."]),
        ("It was shown.12 However, we differ.", ["It was shown.12", "However, we differ."]),
        ("Shown by Kim et al. The rest is new.", ["Shown by Kim et al.", "The rest is new."]),
        ('He said "yes." Then (why?) No one left.', ['He said "yes."', "Then (why?)", "No one left."]),
        ("Is it? Yes!", ["Is it?", "Yes!"]),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_other_languages() -> None:
    assert parts("Das ist z.B. ein Satz. Dr. Meier kam.", "de") == ["Das ist z.B. ein Satz.", "Dr. Meier kam."]
    assert parts("本文提出新方法。实验有效！", "zh") == ["本文提出新方法。", "实验有效！"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Dies gilt z. B. für Abb. 3 und Tab. 2.|Vgl. Müller et al. (2010), S. 15 ff.|Er kam am 3. Mai."),
        ("de", "Im 19. Jahrhundert war dies anders.|S. dazu Kap. 2.1.|Anschließend folgte die 2. Phase (Nr. 7)."),
        ("de", "D. h. die Hypothese gilt.|Nach Art. 5 Abs. 2 bzw. § 3 Nr. 4 ist dies erlaubt.|Wer?|Niemand!"),
        ("fr", "Ceci vaut p. ex. pour la fig. 3.|Selon M. Dupont et al. (2010), il fait 3,5 °C.|Mme Curie le dit."),
        ("fr", "« Cela est vrai. »|Il ajouta : « Non. »|Cf. chap. 2, al. 2.|Qu'en est-il ?|Env. 3 ans av. J.-C."),
        ("es", "La Sra. López trabajó en EE. UU. durante 3 años.|Véase la pág. 15.|¿Qué?|Nació en 50 a. C. en Roma."),
        ("es", "El núm. 3 lo explica.|Aprox. 30 pacientes participaron.|La bacteria E. coli creció."),
        ("zh", "他说：“这是对的。”|为什么？|p值小于0.05；差异显著。|（详见附录。）|见图3.2和表1。"),
        ("zh", "如Smith et al. (2010)所述，该模型有效。|本文研究了E. coli的生长……|结果如下.|其中,A组优于B组."),
        ("it", "Secondo il Dott. Rossi et al. (2010) è falso.|Il valore era di 3,5 mg."),
    ],
)  # fmt: skip
def test_abbreviations_ordinals_and_quotes_of_other_languages(language: str, text: str) -> None:
    wanted = text.split("|")
    assert parts(("" if language == "zh" else " ").join(wanted), language) == wanted


@pytest.mark.parametrize("language", ["de", "fr", "zh", "nl"])
@pytest.mark.parametrize(
    "text", ["a. " * 20_000, "1. " * 20_000, "。.“" * 20_000, "3 °C. " * 8_000, "»." * 25_000, "ä" * 50_000]
)
def test_sentences_of_any_text_take_little_time(language: str, text: str) -> None:
    started = process_time()
    split(text, language)
    assert process_time() - started < 5


def test_no_cut_inside_a_citation() -> None:
    text = "As known (Kim. See Lee), it holds. Good."
    begin, end = text.index("("), text.index(")") + 1
    assert [text[b:e] for b, e in split(text, "en", [(begin, end)])] == ["As known (Kim. See Lee), it holds.", "Good."]


@given(st.text(alphabet="aB. ?(1)\n，。é", max_size=300), st.sampled_from(["en", "de", "zh"]))
def test_spans_are_ordered_apart_and_lose_no_letter(text: str, language: str) -> None:
    spans = split(text, language)
    assert all(b < e for b, e in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert "".join("".join(text[b:e].split()) for b, e in spans) == "".join(text.split())


def test_endless_sentences_are_cut() -> None:
    spans = split("word " * 5_000, "en")
    assert all(end - begin <= MAX_SENTENCE for begin, end in spans)


def test_paths_blocks_and_overlaps() -> None:
    builder = DocumentBuilder("en")
    builder.block("title", "title", "A title. With a stop.")
    opened = builder.open("section", "sec/1", title="Methods")
    paragraph = builder.block("paragraph", "sec/1/p/1", "First one. Second one.")
    builder.mark(paragraph, "statement", "stmt/1", 0, 10)
    builder.close(opened)
    builder.block("figure", "fig/1", "A caption.")
    document = builder.build()
    found = sentences(document, "en")
    assert [(f.path, document.text[f.begin : f.end]) for f in found] == [
        ("title/s/1", "A title. With a stop."),
        ("sec/1/p/1/s/1", "First one."),
        ("sec/1/p/1/s/2", "Second one."),
        ("fig/1/s/1", "A caption."),
    ]


@pytest.mark.parametrize(
    ("text", "declared", "expected"),
    [
        ("We describe a new method for the analysis of texts in several languages.", "", "en"),
        ("Wir beschreiben ein neues Verfahren zur Untersuchung von Texten in Bibliotheken.", "en", "de"),
        ("本文提出一种新的文本分析方法", "en", "zh"),
        ("これは新しい方法である", "", "ja"),
        ("Мы описываем новый метод анализа текстов", "", "ru"),
        ("Daten", "ger", "de"),
        ("12 + 4", "", "und"),
    ],
)
def test_language(text: str, declared: str, expected: str) -> None:
    assert detect(text, declared) == expected
