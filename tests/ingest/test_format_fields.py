"""What all metadata formats share: dates, languages, names, identifiers, and text out of markup."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.fields import contributor, identified, in_web, language_code, line, page_range, says_retracted
from ingest.formats.markup import paragraphs, plain
from ontology.identifiers import Identifier


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("eng", "en"), ("EN", "en"), ("en_US", "en-us"), ("ger", "de"), ("GER", "de"), ("German", "de"),
        ("zh-Hant", "zh-hant"),
        ("und", ""), ("mul", ""), ("", ""), ("something else", ""), ("haw", "haw"), ("fre-CA", "fr-ca"),
    ],
)  # fmt: skip
def test_languages(written: str, code: str) -> None:
    assert language_code(written) == code


def test_names() -> None:
    turned = contributor("Lovelace, Ada B.")
    assert turned is not None
    assert (turned.name, turned.given, turned.family) == ("Ada B. Lovelace", "Ada B.", "Lovelace")
    kept = contributor("Dept. of Time, Space, and Light")
    assert kept is not None
    assert (kept.name, kept.family) == ("Dept. of Time, Space, and Light", "")
    lived = contributor("Hand, Ed, 1960-")
    assert lived is not None
    assert (lived.name, lived.family) == ("Ed Hand", "Hand")
    eastern = contributor(given="太郎", family="山田")
    assert eastern is not None
    assert (eastern.name, eastern.family) == ("山田太郎", "山田")
    group = contributor("Sundials, Inc.", organisation=True)
    assert group is not None
    assert group.name == "Sundials, Inc."
    assert contributor(" ", given="\n") is None
    assert contributor(",") is None


def test_identifiers_are_well_formed_and_each_once() -> None:
    pairs = [
        ("doi", "10.5555/A"),
        ("doi", "https://doi.org/10.5555/a"),
        ("doi", "nonsense"),
        ("orcid", ""),
        ("pmid", 7),
    ]
    assert identified(pairs) == (Identifier("doi", "10.5555/a"), Identifier("pmid", "7"))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://dx.doi.org/10.5555/A", "doi:10.5555/a"), ("http://arxiv.org/abs/1706.03762", "arxiv:1706.03762"),
        ("https://hdl.handle.net/1/2", "handle:1/2"), ("https://example.org/x", "url:https://example.org/x"),
        ("ftp://example.org", None), ('https://e.org/">', None), ("", None),
        ("https://doi.org.evil.com/10.1234/5", None),
    ],
)  # fmt: skip
def test_addresses(url: str, name: str | None) -> None:
    found = in_web(url)
    if "evil" in url:
        assert found == Identifier("url", url)
    else:
        assert (str(found) if found else None) == name


def test_small_ones() -> None:
    assert [line(None), line(7), line(1.5), line(" a \n b ")] == ["", "7", "1.5", "a b"]
    assert [page_range("1", "9"), page_range("e1", "e1"), page_range(None, "4")] == ["1-9", "e1", "4"]
    assert [says_retracted(each) for each in ("RETRACTED: x", "[Retracted] x", "Withdrawn: x", "Retracted x")] == [
        True, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Al<sub>2</sub>O<sub>3</sub> &amp; more", "Al2O3 & more"), ("p < 0.05 and q > 2", "p < 0.05 and q > 2"),
        ("List<String> in <i>Java</i>", "List<String> in Java"),
        ("&lt;scp&gt;MMC&lt;/scp&gt; &amp;lt;b&amp;gt;", "MMC"),
        ("<p>One</p><p>Two</p>", "One Two"), ("a<br/>b", "a b"), ("<!-- no --><![CDATA[yes]]>", "yes"),
        ("in\n  <i>KRAS</i>\n  /\n  <i>MET</i>\n  , (\n <b>x</b>\n )", "in KRAS/MET, (x)"),
        ('<a href="https://x.org">link</a>', "link"), ("AT&T", "AT&T"), ("&nbsp;x&#0;y&#x110000;", "x\ufffdy\ufffd"),
        ("<mml:math><mml:mi>x</mml:mi><mml:mn>2</mml:mn><mml:annotation>x^2</mml:annotation></mml:math>", "x2"),
        ("<tex-math>x^2</tex-math>", "x^2"), ("", ""), ("cut <i", "cut <i"),
    ],
)  # fmt: skip
def test_plain_text_of_markup(markup: str, text: str) -> None:
    assert plain(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>One\n two.</jats:p><jats:p>Three.</jats:p>", "One two.\nThree."),
        ("<sec><title>Methods:</title><p>We</p><p>did.</p></sec><sec><title>Results</title><p>So.</p></sec>",
         "Methods: We\ndid.\nResults: So."),
        ("one\ntwo\n \nthree", "one two\nthree"), ("one\r\n\r\ntwo", "one\ntwo"), ("a<br/>b", "a\nb"),
        ("<p></p> \n ", ""), ("<title>Only</title>", "Only"), ("plain &amp; simple", "plain & simple"),
        ("<p>a</p>between<p>b</p>", "a\nbetween\nb"), ("x\x1cy\x1ez", "x y z"),
    ],
)  # fmt: skip
def test_paragraphs_of_markup(markup: str, text: str) -> None:
    assert paragraphs(markup) == text


PIECES = st.sampled_from(
    ["<p>", "</p>", "<title>", "</title>", "<i>", "</i>", "<", ">", "&", "&lt;", "&amp;", "\n", " ", "a", "é", "\u0301",
     "\x1c", "\x1d", "\x1e", "\x1f", "\0", "<!--", "-->", "<math", "<tex-math>", "</tex-math>", "(", ")", "/"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=20).map("".join))
def test_what_comes_out_is_clean(markup: str) -> None:
    single = plain(markup)
    assert single == " ".join(single.split())
    assert unicodedata.is_normalized("NFC", single)
    for part in filter(None, paragraphs(markup).split("\n")):
        assert part == " ".join(part.split())


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<i",
        "<i ",
        "<!--",
        "&lt;",
        "<p>",
        "\n",
        " \n<",
        "<annotation>",
        "<title>",
        "&amp;amp;",
        "<math<annotation>",
    ],
)
def test_time_is_linear_in_the_length_of_hostile_markup(unit: str) -> None:
    begun = time.process_time()
    paragraphs(unit * (400_000 // len(unit)))
    assert time.process_time() - begun < 5
