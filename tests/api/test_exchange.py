"""What was read leaves in formats others read: parsed by other means, it says what the graph says."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
import rdflib
from fastapi.testclient import TestClient
from lxml import etree
from typer.testing import CliRunner

from api.cli.main import app
from api.settings import Settings
from api.wiring import Services
from graph.discovery.ask import column, rows
from graph.discovery.fragments import work_mentions
from graph.serialise import load
from graph.terms import parts
from ontology.namespaces import expand

pytestmark = pytest.mark.filterwarnings("ignore:.*(Dataset|ConjunctiveGraph).*:DeprecationWarning")
"""rdflib warns of what it does itself."""

TERMS = {
    "id": "@id", "type": "@type", "Annotation": "oa:Annotation", "body": {"@id": "oa:hasBody", "@type": "@id"},
    "target": {"@id": "oa:hasTarget", "@type": "@id"}, "source": {"@id": "oa:hasSource", "@type": "@id"},
    "selector": {"@id": "oa:hasSelector", "@type": "@id"}, "exact": "oa:exact",
    "TextPositionSelector": "oa:TextPositionSelector", "TextQuoteSelector": "oa:TextQuoteSelector",
    "start": {"@id": "oa:start", "@type": "xsd:integer"}, "end": {"@id": "oa:end", "@type": "xsd:integer"},
    "oa": "http://www.w3.org/ns/oa#", "xsd": "http://www.w3.org/2001/XMLSchema#",
}  # fmt: skip
"""What the W3C's context, which cannot be fetched here, says of the terms that are compared."""


@pytest.fixture
def services(built: Settings) -> Iterator[Services]:
    found = Services(built)
    yield found
    found.close()


@pytest.fixture
def work(services: Services) -> str:
    """The work with most evidence for claims."""
    query = """SELECT ?x (COUNT(?e) AS ?n) { GRAPH ?g { ?e gn:subjectMention ?m ; prov:wasGeneratedBy ?r .
        ?r prov:used ?x } } GROUP BY ?x ORDER BY DESC(?n) LIMIT 1"""
    return column(services.store, query)[0]


def test_bioc_in_both_syntaxes_is_the_graph(client: TestClient, services: Services, work: str) -> None:
    address = f"/v1/works/{work.rpartition('/')[2]}/annotations"
    mentions = {mention.iri: mention for mention in work_mentions(services.store, work)}
    (document,) = client.get(address, params={"format": "bioc-json"}).json()["documents"]
    found = {a["id"]: (a, p) for p in document["passages"] for a in p["annotations"]}
    assert found.keys() == mentions.keys()
    for iri, (annotation, passage) in found.items():
        (place,) = annotation["locations"]
        begin = place["offset"] - passage["offset"]
        assert passage["text"][begin : begin + place["length"]] == annotation["text"] == mentions[iri].text
        assert annotation["infons"]["identifier"] == mentions[iri].concept
    related = [r for p in document["passages"] for r in p["relations"]]
    assert related
    assert {node["refid"] for r in related for node in r["nodes"]} <= mentions.keys()
    answer = client.get(address, headers={"Accept": "application/xml"})
    assert answer.headers["content-type"] == "application/xml"
    assert _from_xml(answer.content) == document


def _from_xml(body: bytes) -> dict[str, Any]:
    """A BioC document in XML, as it would stand in JSON."""

    def infons(node: etree._Element) -> dict[str, str]:
        return {one.get("key", ""): one.text or "" for one in node.findall("infon")}

    (document,) = etree.fromstring(body).findall("document")
    passages = [
        {
            "offset": int(passage.findtext("offset") or -1), "infons": infons(passage),
            "text": passage.findtext("text"), "sentences": [],
            "annotations": [
                {
                    "id": a.get("id"), "infons": infons(a), "text": a.findtext("text"),
                    "locations": [_place(at) for at in a.findall("location")],
                }
                for a in passage.findall("annotation")
            ],
            "relations": [
                {"id": r.get("id"), "infons": infons(r), "nodes": [dict(node.attrib) for node in r.findall("node")]}
                for r in passage.findall("relation")
            ],
        }
        for passage in document.findall("passage")
    ]  # fmt: skip
    return {
        "id": document.findtext("id"), "infons": infons(document), "passages": passages, "annotations": [],
        "relations": [],
    }  # fmt: skip


def _place(location: etree._Element) -> dict[str, int]:
    return {name: int(location.get(name, -1)) for name in ("offset", "length")}


def test_web_annotations_expand_to_the_triples_of_the_graph(client: TestClient, services: Services, work: str) -> None:
    address: str | None = f"http://localhost:8000/v1/works/{work.rpartition('/')[2]}/annotations?size=40&start=0"
    items: list[dict[str, Any]] = []
    while address:
        answer = client.get(address, headers={"Accept": "application/ld+json"})
        assert answer.headers["content-type"].startswith("application/ld+json")
        page = answer.json()
        assert page["startIndex"] == len(items)
        items += page["items"]
        address = f"{page['next']}&size=40" if "next" in page else None
    assert len(items) == page["partOf"]["total"]
    body = json.dumps({"@context": TERMS, "@graph": items}).encode()
    said = {tuple(map(_plain, parts(line)[:3])) for line in load(body, "jsonld")}
    for mention in work_mentions(services.store, work):
        for one in (mention.iri, f"{mention.iri}/target", f"{mention.iri}/selector"):
            query = f"SELECT ?p ?o {{ GRAPH ?g {{ <{one}> ?p ?o FILTER(STRSTARTS(STR(?p), STR(oa:))) }} }}"
            for row in rows(services.store, query):
                assert (one, row["p"], row["o"]) in said or row["p"] == expand("oa:exact")
        assert mention.text in {o for _, p, o in said if p == expand("oa:exact")}


def _plain(term: str) -> str:
    return term[1:-1] if term.startswith("<") else term[1:].rpartition('"')[0]


def test_a_nanopublication_has_four_graphs_and_proves_itself(client: TestClient, services: Services, work: str) -> None:
    (claim,) = column(services.store, "SELECT ?x { GRAPH ?g { ?x gn:supportCount ?n } } ORDER BY DESC(?n) ?x LIMIT 1")
    name = claim.rpartition("/")[2]
    view = client.get(f"/v1/claims/{name}").json()
    answer = client.get(f"/v1/claims/{name}/nanopub", headers={"Accept": "application/trig"})
    assert answer.status_code == 200, "the redirect to its own address is followed"
    code = str(answer.url).rpartition("/")[2]
    dataset = rdflib.Dataset()
    dataset.parse(data=answer.text, format="trig")
    quads = {(str(g), s, p, o) for s, p, o, g in dataset.quads()}
    this = f"{claim}/np/{code}"
    assert {g for g, *_ in quads} == {f"{this}#{part}" for part in ("Head", "assertion", "provenance", "pubinfo")}
    assert code == _code(quads, code)
    triple = tuple(
        rdflib.URIRef(view[part]["iri"] if part != "predicate" else view[part])
        for part in ("subject", "predicate", "object")
    )
    assert (f"{this}#assertion", *triple) in quads
    quoted = {str(o) for g, _, p, o in quads if p == rdflib.URIRef(expand("nif:isString"))}
    assert quoted == {evidence["text"] for evidence in view["evidence"]}
    moved = client.get(f"/id/claim/{name}/np/{code}", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (303, f"/v1/claims/{name}/nanopub/{code}")
    old = client.get(f"/v1/claims/{name}/nanopub/RA{'A' * 43}")
    assert (old.status_code, old.json()["tombstone"]) == (410, {"iri": this})
    assert client.get(f"/v1/claims/{'0' * 20}/nanopub").status_code == 404


def _code(quads: set[tuple[str, Any, Any, Any]], code: str) -> str:
    """The trusty URI's code, from what another library parsed."""

    def blank(term: object) -> str:
        return str(term).replace(code, " ")

    def order(quad: tuple[str, Any, Any, Any]) -> tuple[object, ...]:
        value = quad[3]
        literal = isinstance(value, rdflib.Literal)
        kind = str(value.datatype or expand("xsd:string")) if literal and not value.language else ""
        return (
            *map(blank, quad[:3]),
            literal,
            str(value) if literal else blank(value),
            kind,
            (literal and value.language) or "",
        )

    def written(value: Any) -> str:
        if not isinstance(value, rdflib.Literal):
            return blank(value)
        words = str(value).replace("\\", "\\\\").replace("\n", "\\n")
        return f"@{value.language} {words}" if value.language else f"^{value.datatype or expand('xsd:string')} {words}"

    text = "".join(f"{blank(g)}\n{blank(s)}\n{blank(p)}\n{written(o)}\n" for g, s, p, o in sorted(quads, key=order))
    return "RA" + urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.mark.parametrize("form", ["bioc-xml", "bioc-json", "web", "nanopubs"])
def test_the_command_writes_every_work(built: Settings, form: str) -> None:
    result = CliRunner().invoke(app, ["annotations", "--format", form, "--data", str(built.data)])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    if form == "bioc-xml":
        services = Services(built)
        read = column(
            services.store, "SELECT (COUNT(DISTINCT ?w) AS ?x) { GRAPH ?g { ?r a gn:Reading ; prov:used ?w } }"
        )
        services.close()
        assert len(etree.fromstring(result.output.encode()).findall("document")) == int(read[0]) > 1
    elif form == "bioc-json":
        assert json.loads(result.output)["documents"]
    elif form == "web":
        assert all(json.loads(line)["id"] for line in lines)
    else:
        rdflib.Dataset().parse(data=result.output, format="nquads")
        assert sum("schema#Nanopublication>" in line for line in lines) > 1


def test_what_cannot_be_is_said(client: TestClient, services: Services, work: str) -> None:
    address = f"/v1/works/{work.rpartition('/')[2]}/annotations"
    assert client.get(address, headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/v1/works/none/annotations").status_code == 404
    assert CliRunner().invoke(app, ["annotations", "--format", "pdf", "--data", str(services.settings.data)]).exit_code
