"""BibTeX: entries by heart, the corners of its syntax, then the real databases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.formats.base import Rejected
from ingest.formats.bibtex import FORMAT
from ingest.formats.latex import plain_latex
from ontology.errors import EncodingError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Link, Payload, Record, Subject, Title, Venue


def read(body: bytes | str) -> list[Record | Rejected]:
    body = body.encode() if isinstance(body, str) else body
    return list(FORMAT.parse(Payload(source="test", locator="test", body=body)))


def one(body: str) -> Record:
    (record,) = read(body)
    assert isinstance(record, Record), record
    return record


def test_an_article_by_heart() -> None:
    record = one(r"""
@string{jots = "Journal of the Sundial"}
@Article{lovelace:1843,
  author   = {Lovelace, Ada and {\'E}mile Bor{\'e}l and {The Shadow Group} and de la Vall{\'e}e Poussin, Jr., Charles
              and others},
  editor   = "Wolfgang G{\"o}the",
  title    = {On {G}nomons~and $x^2$: \emph{a Study} of 50\% {\"U}bung},
  subtitle = {Part {II}},
  journal  = jots # { B},
  year     = 1843, month = oct, day = {7},
  volume   = {12}, number = {3}, pages = {100--110},
  doi      = {https://doi.org/10.5555/a\_b},
  issn     = {0028-0836},
  url      = {https://example.org/a\_b.pdf},
  keywords = {time; shadows, long},
  abstract = {First.  Second.},
  langid   = {english},
  publisher = {Sun \& Co},
}
""")
    assert (record.key, record.format, record.kind) == ("lovelace:1843", "bibtex", "article")
    assert record.titles == (Title("On Gnomons and x^2: a Study of 50% Übung: Part II", "en"),)
    assert [(each.name, each.given, each.family, each.role) for each in record.contributors] == [
        ("Ada Lovelace", "Ada", "Lovelace", "author"),
        ("Émile Borél", "Émile", "Borél", "author"),
        ("The Shadow Group", "", "", "author"),
        ("Charles de la Vallée Poussin Jr.", "Charles", "de la Vallée Poussin", "author"),
        ("Wolfgang Göthe", "Wolfgang", "Göthe", "editor"),
    ]
    assert record.contributors[2].organisation
    assert record.venue == Venue(
        name="Journal of the Sundial B", identifiers=(Identifier("issn", "0028-0836"),), publisher="Sun & Co"
    )
    assert record.issued == "1843-10-07"
    assert (record.volume, record.issue, record.pages) == ("12", "3", "100-110")
    assert record.identifiers == (Identifier("doi", "10.5555/a_b"),)
    assert record.links == (Link(url="https://example.org/a_b.pdf", rel="pdf", mime="application/pdf"),)
    assert record.subjects == (Subject(label="time"), Subject(label="shadows, long"))
    assert record.abstract == "First. Second."
    assert record.language == "en"


@pytest.mark.shared
def test_an_answer_of_crossref_on_one_line(shared: Path) -> None:
    record = one((shared / "crossref/responses_habanero/35874acf0445.txt").read_text())
    assert record.key == "Frank_1970"
    assert record.title.startswith("The Structure of Ordinary Water: New data")
    assert record.identifiers == (Identifier("doi", "10.1126/science.169.3946.635"),)
    assert record.issued == "1970-08", "the undefined macro Aug is the month"
    assert (record.volume, record.issue, record.pages) == ("169", "3946", "635-641")
    assert record.venue is not None
    assert record.venue.identifiers == (Identifier("issn", "1095-9203"),)
    assert [(each.given, each.family) for each in record.contributors] == [("Henry S.", "Frank")]


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Bar{-}Ilan", "Bar-Ilan"), (r"N{\"{a}}ppil{\"{a}}", "Näppilä"), (r"{\textdollar}59.95", "$59.95"),
        (r"a--b ``c'' \& \% \_", "a–b “c” & % _"), (r"\textbf{bold} \unknown{x}", "bold x"), ("Łódź  {}", "Łódź"),
        (r"{\ss}{\o}{\aa}{\l}", "ßøåł"), (r"10\,000", "10 000"), ("plain", "plain"),
        (r"{\'{\i}}ndice f{\'\i}sico", "índice físico"), (r"H$_2$O and $\alpha$-rays, $x^2$", "H2O and α-rays, x^2"),
        (r"The {\TeX}book &amp; R\&D", "The TeXbook & R&D"),
    ],
)  # fmt: skip
def test_latex(latex: str, text: str) -> None:
    assert plain_latex(latex) == text


def test_a_child_inherits_from_the_entry_it_names() -> None:
    child, parent = read("""
@inproceedings{a, title = {A}, author = {Kim}, crossref = {P}, pages = {1}}
@proceedings{p, title = {Proceedings}, year = 2009, publisher = {ACM}, editor = {Lee}, isbn = {9781484290804}}
""")
    assert isinstance(child, Record)
    book = Identifier("isbn", "9781484290804")
    assert child.venue == Venue(name="Proceedings", kind="conference", identifiers=(book,), publisher="ACM")
    assert child.issued == "2009"
    assert [(each.name, each.role) for each in child.contributors] == [("Kim", "author"), ("Lee", "editor")]
    assert isinstance(parent, Record)
    assert parent.kind == "proceedings"
    assert Identifier("isbn", "9781484290804") in parent.identifiers


def test_preprints() -> None:
    record = one("@misc{v, title={Attention}, archiveprefix={arXiv}, eprint={1706.03762v5}, year={2017}}")
    assert record.kind == "preprint"
    assert record.identifiers == (Identifier("arxiv", "1706.03762"),)


def test_a_broken_entry_is_rejected_with_its_line_and_its_neighbours_are_read() -> None:
    entries = read("""comment with ada@example.org in it
@article{a, title = {A}, year = 2001}
@article{b,
  title = {B, year = 2002}
@article{c, title = {C}}  @article{d, title = {D}}

@article{e, title "E"}
@article{f, year = 2003}
@comment{g, title = {G}}
@article{h, title = {H} }""")
    assert [each.key for each in entries if isinstance(each, Record)] == ["a", "c", "d", "h"]
    rejected = [each for each in entries if isinstance(each, Rejected)]
    assert [each.place for each in rejected] == ["record 2, line 3", "record 5, line 7", "record 6, line 8"]
    assert "premature end" in rejected[0].message
    assert rejected[2].message == "the entry “f” has no title"


def test_keys_used_twice_stay_apart() -> None:
    assert [each.key for each in read("@misc{a, title={A}}\n@misc{a, title={B}}")] == ["a", "a#2"]


def test_an_undefined_macro_stands_for_its_name_and_macros_do_not_leak() -> None:
    assert one("@string{x = {Y}}\n@misc{a, title = x}").title == "Y"
    assert one("@misc{a, title = x}").title == "x"


def test_ten_thousand_open_braces_are_refused_quickly() -> None:
    entries = read("@article{a, title = " + "{" * 10_000 + "\n@article{b, title = {B}}")
    assert [type(each) for each in entries] == [Rejected, Record]


def test_texts_without_entries_and_in_other_encodings() -> None:
    with pytest.raises(MalformedPayload, match="no BibTeX entry"):
        read("nothing here")
    with pytest.raises(EncodingError) as caught:
        read("@article{a,\n title = {Übung}}".encode("latin-1"))
    assert caught.value.place == "line 2, byte 22"
    assert one("\ufeff@article{a, title = {A}}").key == "a"


@pytest.mark.shared
def test_every_real_entry_is_read_or_rejected_with_its_line(shared: Path) -> None:
    for path in sorted((shared / "bibtex/ir_anthology").glob("*.bib")):
        body = path.read_bytes()
        assert FORMAT.recognises(body[:4096], ""), path
        entries = read(body)
        keys = re.findall(r"^}?@\w+\{([^,\s]+)", body.decode(), re.MULTILINE)
        assert len(entries) == len(keys)
        if path.name == "criteria.bib":
            assert all(isinstance(each, Rejected) and "line" in each.place for each in entries)
            continue
        kept = [each for each in entries if isinstance(each, Record)]
        assert [each.key for each in kept] == [key for key in keys if not key.startswith("CRITERIA:")]
        odd = [each.title for each in kept if re.search(r"[{}\\]", each.title)]
        assert odd in ([], ["Top- $}boldsymbol{k}$ query processing over uncertain data in distributed environments"])
        assert not [c.name for each in kept for c in each.contributors if re.search(r"[{}\\]", c.name)]
        told = len(re.findall(r"^\s*doi\s*=", body.decode(), re.MULTILINE))
        assert sum(any(i.scheme == "doi" for i in each.identifiers) for each in kept) >= told
        assert all(each.year for each in kept)


def test_a_chapter_takes_no_subtitle_of_its_book() -> None:
    (chapter,) = [r for r in read("""
@collection{c, editor={Dial, Eva}, title={Shade}, subtitle={All of it}, date={2003-05}, isbn={978-3-16-148410-0}}
@incollection{i, author={M{\\"u}ller, J{\\"o}rg}, title={On shade}, crossref={c}, pages={1--20}, langid={ngerman}}
""") if isinstance(r, Record) and r.kind == "chapter"]  # fmt: skip
    assert (chapter.title, chapter.language, chapter.issued) == ("On shade", "de", "2003-05")
    assert chapter.venue == Venue(
        name="Shade: All of it", kind="book", identifiers=(Identifier("isbn", "9783161484100"),)
    )


@pytest.mark.parametrize(
    "fields",
    [
        "journal={arXiv preprint arXiv:1810.04805}", "journal={CoRR}, volume={abs/1810.04805}",
        "journal={ArXiv}, eprint={1810.04805}, eprinttype={arxiv}",
    ],
)  # fmt: skip
def test_what_stands_in_arxiv_is_a_preprint_of_that_number(fields: str) -> None:
    record = one("@article{a, title={BERT}, author={Jacob Devlin 0001}, year=2018, " + fields + "}")
    assert (record.kind, record.identifiers) == ("preprint", (Identifier("arxiv", "1810.04805"),))
    assert record.venue == Venue(name="arXiv", kind="repository")
    assert (record.volume, record.contributors[0].family) == ("", "Devlin")


def test_fields_of_biblatex_and_of_publishers() -> None:
    record = one(r"""@xdata{x, publisher={Elsevier}, license={CC-BY-4.0}}
@article{a, title={RETRACTED: A}, journaltitle={\mnras}, month=5 # "~" # mar, year=1984, eid={L1}, xdata={x},
  eprint={12345678}, eprinttype={pubmed}, abstract={One &amp; two.

Three.}, howpublished={\url{https://a.org/b_c}}}""")
    assert record.venue == Venue(name="Monthly Notices of the Royal Astronomical Society", publisher="Elsevier")
    assert (record.issued, record.pages, record.license) == ("1984-03-05", "L1", "CC-BY-4.0")
    assert (record.identifiers, record.abstract) == ((Identifier("pmid", "12345678"),), "One & two.\nThree.")
    assert record.retracted
    assert record.links == (Link(url="https://a.org/b_c"),)


def test_the_encoding_that_jabref_declares() -> None:
    body = "% Encoding: Cp1252\n\n@article{a, title={Übung}}".encode("cp1252")
    (record,) = FORMAT.parse(Payload(source="s", locator="l", body=body))
    assert isinstance(record, Record)
    assert record.title == "Übung"
