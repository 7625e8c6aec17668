"""Every named query is one, runs, and finds something in a graph made by the real conversion's terms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.stores.oxigraph import OxigraphStore
from ontology.errors import NotFound, QuerySyntaxError
from ontology.namespaces import PREFIXES, Base
from sparql.asking import ask
from sparql.catalogue import _read, named_queries, named_query
from sparql.guard import Form, inspect
from sparql.limits import Limits
from sparql.pool import QueryPool

BASE = Base("http://example.org")
NAMES = [query.name for query in named_queries(BASE)]
SMALL = """
<w:1> dct:subject <c:sub> . <w:1> dct:subject <c:two> . <w:1> gn:year 2020 . <w:1> cito:cites <w:2> .
<w:1> dct:creator <p:1> . <w:1> dct:creator <p:2> . <w:1> dct:isPartOf <v:1> . <w:2> dct:title "Cited" .
<p:1> foaf:name "Ada" . <p:2> foaf:name "Bo" . <v:1> a gn:Venue . <v:1> dct:title "Annals" .
<a:1> pro:relatesToOrganization <o:1> . <a:1> pro:relatesToDocument <w:1> . <o:1> foaf:name "Institute" .
<c:top> skos:topConceptOf <s:1> . <c:sub> skos:broader <c:top> . <c:sub> skos:inScheme <s:1> .
<c:sub> skos:prefLabel "Sub" . <c:two> skos:prefLabel "Two" .
GRAPH <http://example.org/graph/mentions> {
  <k:1> gn:supportCount 2 ; gn:disputeCount 1 ; gn:probability 0.9 ; rdf:subject <c:sub> ; rdf:predicate <q:1> ;
    rdf:object <c:two> .
  <e:1> gn:supports <k:1> ; gn:sentence <w:1/s> ; prov:wasGeneratedBy <r:1> . <r:1> prov:used <w:1> .
  <x:1> cito:hasCitationCharacterization cito:extends . }
GRAPH <http://example.org/graph/text> {
  <w:1/s> nif:isString "Sub causes two." . <b:1> a gn:UnresolvedReference ; dct:identifier "doi:10.1/x" . }
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    store = OxigraphStore(folder / "live")
    prefixes = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
    store.raw.update(f"{prefixes} INSERT DATA {{ {SMALL} }}")
    store.checkpoint(folder / "one")
    store.close()
    return folder / "one"


@pytest.fixture(scope="module")
def named_pool(small: Path) -> Iterator[QueryPool]:
    pool = QueryPool(lambda: small, Limits(workers=1))
    yield pool
    pool.close()


@pytest.mark.parametrize("name", NAMES)
def test_each_finds_something(named_pool: QueryPool, name: str) -> None:
    query = named_query(name, BASE)
    assert inspect(query.text).form is Form.SELECT
    assert query.title
    assert query.description.endswith(".")
    rows = b"".join(ask(named_pool, query.text, "csv")[1]).splitlines()
    assert len(rows) > 1, rows


def test_the_sentence_stands_beside_the_claim(named_pool: QueryPool) -> None:
    rows = b"".join(ask(named_pool, named_query("claims-with-evidence", BASE).text, "csv")[1]).decode()
    assert "Sub,q:1,Two,2,0.9,Sub causes two.,w:1" in rows


def test_unknown_and_broken() -> None:
    with pytest.raises(NotFound, match="top-topics"):
        named_query("nothing", BASE)
    with pytest.raises(QuerySyntaxError, match=r"queries/x\.rq"):
        _read("x", "# title: a\nASK {}", BASE)


def test_there_are_enough() -> None:
    assert len(NAMES) >= 12
