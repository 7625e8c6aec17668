"""Each block in its own language, and Chinese in either script and width."""

from __future__ import annotations

import pytest

from nlp.language import block_language
from nlp.matcher import Matcher
from nlp.normalise import fold, fold_label
from nlp.reader import Reader
from nlp.sentences import split
from ontology.documents import DocumentBuilder
from ontology.records import Document
from ontology.scheme import Concept, Label, Scheme

BLOCKS = {
    "en": "The retina was imaged in forty patients. Two of them, e.g. Dr. Smith's, had a detached retina in both eyes.",
    "de": "Die Netzhaut wurde bei vierzig Kranken gezeigt. Bei zwei von ihnen, z. B. im Jahr 2010, war sie abgelöst.",
    "fr": "La rétine a été imagée chez quarante patients. Chez deux d'entre eux, elle était décollée aux deux yeux.",
    "es": "La retina se examinó en cuarenta pacientes. En dos de ellos, la retina estaba desprendida en ambos ojos.",
    "zh": "我们对四十名患者的視網膜进行了成像。其中两名患者的视网膜脱落。",
}
RETINA = Scheme(
    "urn:s", "s",
    [
        Concept(
            iri="urn:retina",
            labels=(
                Label("retina"), Label("Netzhaut", "de"), Label("rétine", "fr"), Label("retina", "es"),
                Label("视网膜", "zh"),
            ),
        )
    ],
)  # fmt: skip


def _document(*languages: str) -> Document:
    builder = DocumentBuilder("en")
    builder.block("title", "title", "Imaging of the retina")
    opened = builder.open("abstract", "abs")
    for language in languages:
        builder.block("paragraph", builder.number("abs/p"), BLOCKS[language])
    builder.close(opened)
    return builder.build()


def test_every_block_is_read_in_its_language() -> None:
    reading = Reader(Matcher.build([RETINA])).read_one(_document("en", "de", "fr", "es", "zh", *["en"] * 6))
    assert reading.language == "en"
    said = {sentence.path.split("/s/")[0]: sentence.language for sentence in reading.sentences}
    assert said == {"title": "", "abs/p/1": "", "abs/p/2": "de", "abs/p/3": "fr", "abs/p/4": "es", "abs/p/5": "zh"} | {
        f"abs/p/{n}": "" for n in range(6, 12)
    }
    found = [(mention.sentence, mention.text) for mention in reading.mentions if mention.concept == "urn:retina"]
    assert ("abs/p/2/s/1", "Netzhaut") in found and ("abs/p/3/s/1", "rétine") in found
    assert ("abs/p/5/s/1", "視網膜") in found and ("abs/p/5/s/2", "视网膜") in found
    assert [note.split("'")[1] for note in reading.notes] == ["de", "es", "fr", "zh"]


@pytest.mark.parametrize("language", BLOCKS)
def test_two_sentences_in_five_languages(language: str) -> None:
    text = BLOCKS[language]
    spans = split(text, language)
    assert len(spans) == 2 and "".join(text[b:e] for b, e in spans).replace(" ", "") == text.replace(" ", "")


def test_a_few_foreign_words_do_not_make_a_block_foreign() -> None:
    assert block_language('Verbs such as "預ける" (deposit) and "置く" (place) take this marker.', "en") == "en"
    assert block_language("Rana temporaria, Bufo bufo, Hyla arborea", "en") == "en"
    assert block_language("", "fr") == "fr"
    assert block_language("Das Wetter", "en", "deu") == "de"


@pytest.mark.parametrize(
    ("one", "other"), [("機器學習", "机器学习"), ("ＳＶＭ", "svm"), ("２０", "20"), ("網絡", "网络")]
)
def test_script_and_width_do_not_count(one: str, other: str) -> None:
    assert fold_label(one) == fold_label(other)


def test_fold_leaves_japanese_words_apart() -> None:
    assert fold("カ") != fold("力") and fold("ア") == "ア"


def test_labels_of_a_region_count_for_their_language() -> None:
    scheme = Scheme("urn:s", "s", [Concept(iri="urn:ml", labels=(Label("機器學習", "zh-Hant"),))])
    (hit,) = Matcher.build([scheme]).find("我们研究机器学习方法", "zh")
    assert (hit.begin, hit.end) == (4, 8)
