"""Identifiers: one spelling for each, and None for what is not one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology.identifiers import Identifier, identifier, normalise, opaque


@pytest.mark.parametrize(
    ("scheme", "raw", "value"),
    [
        ("doi", "10.1000/182", "10.1000/182"),
        ("doi", "https://doi.org/10.1000/ABC.Def", "10.1000/abc.def"),
        ("doi", "doi:10.1000/abc).", "10.1000/abc"),
        ("doi", "(see 10.1000/a.)", "10.1000/a"),
        ("doi", "10.1000/.", None),
        ("doi", "10.1016/S0140-6736(05)71146-6", "10.1016/s0140-6736(05)71146-6"),
        ("doi", "https://doi.org/10.1002%2Fasi.1", "10.1002/asi.1"),
        ("doi", "10.1.1.1", None),
        ("doi", "ten", None),
        ("pmid", "PMID: 00123", "123"),
        ("pmid", "https://pubmed.ncbi.nlm.nih.gov/31452104/", "31452104"),
        ("pmid", "0", None),
        ("pmcid", "4304705", "PMC4304705"),
        ("pmcid", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC4304705.2/", "PMC4304705"),
        ("arxiv", "arXiv:1706.03762v5 [cs.CL]", "1706.03762"),
        ("arxiv", "https://arxiv.org/pdf/HEP-TH/9901001.pdf", "hep-th/9901001"),
        ("arxiv", "1706.3", None),
        ("acl", "https://www.aclweb.org/anthology/P16-1001.pdf", "P16-1001"),
        ("acl", "2020.acl-main.1", "2020.acl-main.1"),
        ("openalex", "https://openalex.org/w2741809807", "W2741809807"),
        ("orcid", "https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("orcid", "000000021694233x", "0000-0002-1694-233X"),
        ("orcid", "0000-0002-1825-0098", None),
        ("ror", "https://ror.org/02JBV0T02", "02jbv0t02"),
        ("ror", "https://ror.org/02jbv0i02", None),
        ("issn", "0378-5955", "0378-5955"),
        ("issn", "2434561x", "2434-561X"),
        ("issn", "0378-5954", None),
        ("isbn", "0-306-40615-2", "9780306406157"),
        ("isbn", "978-0-306-40615-7", "9780306406157"),
        ("isbn", "978-0-306-40615-8", None),
        ("handle", "https://hdl.handle.net/2027/mdp.1", "2027/mdp.1"),
        ("anything", "  as it is ", "as it is"),
        ("anything", "  ", None),
    ],
)
def test_one_spelling(scheme: str, raw: str, value: str | None) -> None:
    assert normalise(scheme, raw) == value
    assert identifier(scheme, raw) == (Identifier(scheme, value) if value else None)


SCHEMES = ("doi", "pmid", "pmcid", "arxiv", "acl", "openalex", "orcid", "ror", "issn", "isbn", "handle")


@given(st.sampled_from(SCHEMES), st.text(max_size=40))
def test_normalising_never_raises_and_settles(scheme: str, raw: str) -> None:
    once = normalise(scheme, raw)
    assert once is None or normalise(scheme, once) == once


@given(
    st.sampled_from(("10.1000/", "https://doi.org/10.5555/")),
    st.text(st.characters(exclude_characters="%"), max_size=30),
)
def test_a_normalised_doi_normalises_to_itself(prefix: str, rest: str) -> None:
    once = normalise("doi", prefix + rest)
    assert once is None or normalise("doi", once) == once


def test_no_identifier_in_nothing() -> None:
    assert identifier("doi", None) is None
    assert identifier("doi", "") is None
    assert str(Identifier("doi", "10.1/x")) == "doi:10.1/x"


def test_opaque_names_are_stable_short_and_kept_apart_by_kind() -> None:
    assert opaque("work", "doi:10.1/x") == opaque("work", "doi:10.1/x")
    assert opaque("work", "1") != opaque("person", "1")
    assert opaque("work", "a\x1fb") != opaque("work\x1fa", "c")
    assert len({opaque("work", str(n)) for n in range(5000)}) == 5000
    assert all(len(name) == 16 and name.isalnum() and name == name.lower() for name in [opaque("w", "x")])
