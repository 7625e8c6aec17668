"""Every IRI leads somewhere, in every format; the catalogue and the dumps tell the truth."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
import rdflib
from fastapi.testclient import TestClient

from api.dumps import Dumps
from api.negotiation import best
from api.settings import Settings
from graph.describe import description
from graph.serialise import FORMATS, load
from graph.snapshots import Snapshots
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from graph.terms import parts
from ontology.errors import NotFound, StoreError
from ontology.namespaces import expand

TYPE = f"<{expand('rdf:type')}>"


@pytest.fixture(scope="module")
def lines(built: Settings) -> list[str]:
    current = Snapshots(built.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    found = sorted(store.lines(None))
    store.close()
    return found


def some_of_each(lines: list[str], base: str) -> dict[str, str]:
    """One IRI of ours for each class, from any graph."""
    found: dict[str, str] = {}
    for line in lines:
        subject, predicate, value, _ = parts(line)
        if predicate == TYPE and subject.startswith(f"<{base}/"):
            found.setdefault(value, subject[1:-1])
    return found


def test_a_thing_of_every_class_answers_as_page_and_as_data(
    client: TestClient, built: Settings, lines: list[str]
) -> None:
    things = some_of_each(lines, built.base_iri)
    assert len(things) > 25
    for kind, iri in things.items():
        page = client.get(iri, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert page.status_code == 200, (kind, iri)
        assert "html" in page.headers["content-type"] or "/queries/" in str(page.url), (kind, iri)
        if "/id/query/" in iri:
            continue
        data = client.get(iri, headers={"Accept": "text/turtle"})
        assert data.status_code == 200, (kind, iri)
        assert data.headers["content-type"].startswith("text/turtle")
        graph = rdflib.Graph().parse(data=data.text, format="turtle")
        assert (rdflib.URIRef(iri), None, None) in graph, (kind, iri)


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_work_says_the_same_in_every_format(client: TestClient, lines: list[str], form: object) -> None:
    work = next(s[1:-1] for s, _, o, _ in map(parts, lines) if o.endswith("ontology#Work>"))
    path = work.removeprefix("http://localhost:8000")
    suffix, media, name = form.suffix, form.media, form.name  # type: ignore[attr-defined]
    asked = client.get(f"/data{path}{suffix}")
    assert asked.headers["content-type"].startswith(media)
    said = {parts(line)[:3] for line in load(asked.content, name) if line.startswith(f"<{work}>")}
    assert said == {parts(line)[:3] for line in lines if line.startswith(f"<{work}>")}
    again = client.get(f"/data{path}{suffix}", headers={"If-None-Match": asked.headers["etag"]})
    assert again.status_code == 304


def test_redirects_are_303_and_unknown_things_404(client: TestClient, lines: list[str]) -> None:
    claim = next((s[1:-1] for s, _, _, _ in map(parts, lines) if "/id/claim/" in s), "")
    found = client.get(claim, headers={"Accept": "application/ld+json"}, follow_redirects=False)
    assert found.status_code == 303
    assert found.headers["location"].endswith(".jsonld")
    for address in (
        "/id/claim/nothing",
        "/id/nothing/x",
        "/agent/x/1",
        "/data/id/claim/nothing",
        "/page/claim/nothing",
    ):
        assert client.get(address, headers={"Accept": "text/turtle"}).status_code == 404, address
    assert client.get("/data?iri=http://voc.test/none").status_code == 404
    assert client.get(f"/data?iri={claim}", headers={"Accept": "image/png"}).status_code == 406


def test_concepts_of_other_vocabularies_are_described_too(client: TestClient, lines: list[str]) -> None:
    concept = next(s[1:-1] for s, _, o, _ in map(parts, lines) if o.endswith("core#Concept>"))
    found = client.get("/data", params={"iri": concept}, headers={"Accept": "text/turtle"})
    assert "prefLabel" in found.text
    page = client.get("/page/thing", params={"iri": concept, "facts": True})
    assert "skos:prefLabel" in page.text
    topic = next(o[1:-1] for _, p, o, _ in map(parts, lines) if p == f"<{expand('dct:subject')}>")
    assert client.get("/page/thing", params={"iri": topic}).url.path == "/page/topic"


def test_a_description_says_that_it_is_limited(tmp_path: Path) -> None:
    store = OxigraphStore(tmp_path / "store")
    store.load(f"<http://a.test/{n}> <http://p.test/> <http://a.test/hub> ." for n in range(700))
    found = description(store, "http://a.test/hub")
    assert found.limited
    assert len(found.lines) == 500
    assert not found.known
    assert not description(store, "http://a.test/3").limited
    store.close()


def test_the_page_of_a_work_is_signposted(client: TestClient, lines: list[str]) -> None:
    work = next(
        s[1:-1] for s, p, _, _ in map(parts, lines) if p.endswith("prism/basic/2.0/doi>") or p.endswith("2.0/doi>")
    )
    page = client.get(work, headers={"Accept": "text/html"})
    links = dict(re.findall(r'<([^>]+)>; rel="([^"]+)"', page.headers["link"]))
    assert any(target.startswith("https://doi.org/") for target, rel in links.items() if rel == "cite-as")
    assert "type" in links.values()
    described = next(target for target, rel in links.items() if rel == "describedby")
    assert client.get(described, headers={"Accept": "text/turtle"}).status_code == 200
    embedded = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.S)[1])  # type: ignore[index]
    assert embedded["@id"] == work
    assert embedded["name"]
    listed = next(target for target, rel in links.items() if rel == "linkset")
    answer = client.get(listed)
    assert answer.headers["content-type"] == "application/linkset+json"
    first, *back = answer.json()["linkset"]
    assert client.get(first["anchor"]).status_code == 200
    assert {rel for rel in links.values() if rel != "linkset"} < set(first)
    told = {one["href"] for rel, targets in first.items() if rel != "anchor" for one in targets}
    assert set(links) - {listed} <= told
    assert {one["anchor"] for one in back} == {one["href"] for one in (*first["describedby"], *first["item"])}
    for one in (*first["describedby"], *first["item"]):
        file = client.head(one["href"])
        assert file.headers["content-type"].partition(";")[0] == one["type"]
        assert f'<{listed}>; rel="linkset"' in file.headers["link"]
        back_to = "describes" if one in first["describedby"] else "collection"
        assert f'<{first["anchor"]}>; rel="{back_to}"' in file.headers["link"]


def test_void_counts_what_is_there(client: TestClient, built: Settings, lines: list[str]) -> None:
    asked = client.get("/.well-known/void", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=asked.text, format="turtle")
    dataset = rdflib.URIRef(f"{built.base_iri}/data/dataset")
    assert graph.value(dataset, rdflib.VOID.triples).toPython() == len(lines)  # type: ignore[union-attr]
    counted = Counter(parts(line)[1][1:-1] for line in lines if parts(line)[3] == "")
    subset = rdflib.URIRef(f"{dataset}/graph/default")
    for partition in graph.objects(subset, rdflib.VOID.propertyPartition):
        name = str(graph.value(partition, rdflib.VOID.property))
        assert graph.value(partition, rdflib.VOID.triples).toPython() == counted.pop(name)  # type: ignore[union-attr]
    assert not counted
    service = graph.value(predicate=rdflib.DCAT.servesDataset, object=dataset)
    assert str(graph.value(service, rdflib.DCAT.endpointURL)) == f"{built.base_iri}/sparql"


def test_dumps_reload_to_the_same_graph(client: TestClient, built: Settings, lines: list[str]) -> None:
    assert client.get("/dumps/latest/manifest.json").status_code == 404
    made = Dumps(built).make()
    assert Dumps(built).make() == made, "the same commit is not dumped again"
    assert made.statements == len(lines)
    current = Snapshots(built.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    assert made.hash == store_hash(store)
    store.close()
    assert Dumps(built).check("latest") == made
    read: list[str] = []
    for one in client.get("/dumps").json()[0]["files"]:
        body = client.get(f"/dumps/latest/{one['name']}").content
        assert sha256(body).hexdigest() == one["sha256"]
        assert len(body) == one["bytes"]
        read += gzip.decompress(body).decode().splitlines()
    assert sorted(read) == lines
    part = client.get("/dumps/latest/default.nq.gz", headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    graph = rdflib.Graph().parse(data=client.get("/data/catalogue.ttl").text, format="turtle")
    assert len(list(graph.subjects(rdflib.RDF.type, rdflib.DCAT.Distribution))) == len(made.files)


def test_a_spoilt_dump_is_found_out(built: Settings) -> None:
    dumps = Dumps(built)
    made = dumps.make()
    path = dumps.path("latest", made.files[0].name)
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(StoreError, match="not the one that was written"):
        dumps.check("latest")
    path.write_bytes(whole)
    for name in ("../manifest.json", "other.nq.gz"):
        with pytest.raises(NotFound):
            dumps.path("latest", name)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [("", "a/x"), ("*/*", "a/x"), ("b/y", "b/y"), ("a/x;q=0.1, b/*", "b/y"), ("a/*;q=0, */*", "b/y"),
     ("c/z", None), ("a/x;q=0", None), ("a/x;q=nonsense, b/y;q=0.2", "b/y"), ("A/X", "a/x")],
)  # fmt: skip
def test_negotiation(accept: str, chosen: str | None) -> None:
    assert best(accept, ("a/x", "b/y")) == chosen
