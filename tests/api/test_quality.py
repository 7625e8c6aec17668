"""Quality reports equal what counting by hand gives, in every form they are shown in."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.build import build
from api.cli.main import app
from api.settings import Settings, load_settings
from api.watch import Quiet
from ingest.facts import COMPLETENESS
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested, StoredRecord
from ingest.quality import SourceQuality, quality
from ingest.sources.files import FilesSource
from ontology.errors import NotFound
from ontology.namespaces import PREFIXES
from ontology.records import Record

BAD = {
    "DOI": "10.5555/quality.1", "type": "journal-article", "title": ["Identifiers that are none"],
    "author": [{"family": "Marlow", "given": "Ada", "ORCID": "0000-0002-1825-0098"}],
    "container-title": ["Journal of Faults"], "ISSN": ["1234-5678"],
    "issued": {"date-parts": [[2031]]}, "language": "de",
    "reference": [{"key": "a", "DOI": "10.5555/gnomon.b1"}, {"key": "b", "unstructured": "Nobody knows."}],
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The corpus from two sources, one of which has a part of it twice, and faults."""
    from importlib.resources import files

    corpus = Path(str(files("ingest.sources") / "corpus")) / "works"
    other = tmp_path_factory.mktemp("other")
    (other / "bad.json").write_text(json.dumps(BAD))
    (other / "cut.xml").write_text("<article>")
    for name in ("one", "two"):
        (other / f"{name}.jsonl").write_bytes((corpus / "crossref.jsonl").read_bytes())
    settings = load_settings(data=tmp_path_factory.mktemp("quality") / "data", encoder="none", cores=1, read=False)
    build(settings, [FilesSource("corpus", [corpus]), FilesSource("other/half", [other])], [], Quiet())
    return settings


@pytest.fixture(scope="module")
def reports(settings: Settings) -> dict[str, SourceQuality]:
    with Database(settings.journal, read_only=True) as journal:
        return {report.source: report for report in quality(journal)}


@pytest.fixture(scope="module")
def records(settings: Settings) -> dict[str, list[StoredRecord]]:
    """Every record of a work, opened, by its source."""
    found: defaultdict[str, list[StoredRecord]] = defaultdict(list)
    with Database(settings.journal, read_only=True) as journal:
        rows = journal.rows("SELECT r.id, p.source FROM record r JOIN payload p ON p.id = r.payload").fetchall()
        source_of = dict(rows)
        for stored in Harvested(journal).records(source_of):
            found[source_of[stored.id]].append(stored)
    return found


def has(record: Record, field: str) -> bool:
    """The field, looked at by hand."""
    if field == "orcid":
        return "orcid" in str([p.identifiers for p in record.contributors])
    if field == "affiliation":
        return any(p.affiliations != () for p in record.contributors)
    if field == "doi":
        return "doi" in {one.scheme for one in record.identifiers}
    if field == "full_text":
        return record.document is not None and record.document.full
    name = {"identifier": "identifiers", "link": "links"}.get(field, field)
    return getattr(record, name) not in ("", 0, (), None)


def test_completeness_equals_a_count_by_hand(
    reports: dict[str, SourceQuality], records: dict[str, list[StoredRecord]]
) -> None:
    assert set(reports) == set(records) == {"corpus", "other/half"}
    for source, report in reports.items():
        opened = [stored.record for stored in records[source]]
        assert report.records == len(opened) > 0
        for field in report.completeness:
            assert field.count == sum(has(record, field.name) for record in opened), field.name
            assert field.share == round(field.count / len(opened), 4)
        assert report.languages == Counter(record.language for record in opened)
        assert report.freshness.latest_year == max(record.year for record in opened)
        assert tuple(field.name for field in report.completeness) == COMPLETENESS


def test_duplicates_and_references_equal_a_count_by_hand(
    settings: Settings, reports: dict[str, SourceQuality], records: dict[str, list[StoredRecord]]
) -> None:
    with Database(settings.journal, read_only=True) as journal:
        work_of = dict(journal.rows("SELECT node >> 20, entity FROM said WHERE node > 0 AND node & 1048575 = 0"))
        made = {
            n: found.work for n, found in Assembler(journal, settings.base).works([*set(work_of.values())]) if found
        }
    works = {source: Counter(work_of[stored.id] for stored in some) for source, some in records.items()}
    shared = set(works["corpus"]) & set(works["other/half"])
    for source, report in reports.items():
        assert report.duplicates.within == sum(times - 1 for times in works[source].values())
        assert (report.duplicates.works, report.duplicates.shared) == (len(works[source]), len(shared))
        cites = [cited for work in works[source] for cited in made[work].cites]
        assert report.references.listed == len(cites)
        assert report.references.resolved == sum(bool(cited.work) for cited in cites) > 0
        assert report.references.unresolved == report.references.listed - report.references.resolved
    assert reports["other/half"].duplicates.within > 0
    assert shared


def test_broken_identifiers_and_quarantine_are_named(reports: dict[str, SourceQuality]) -> None:
    assert reports["corpus"].broken_identifiers == ()
    broken = {one.scheme: one for one in reports["other/half"].broken_identifiers}
    assert {scheme: one.count for scheme, one in broken.items()} == {"orcid": 1, "issn": 1}
    assert broken["issn"].examples == ("1234-5678",)
    assert reports["other/half"].quarantine == {"UnknownFormat": 1}


def test_what_is_deleted_is_no_longer_counted(settings: Settings, tmp_path: Path) -> None:
    import shutil

    copy = settings.model_copy(update={"data": tmp_path / "data"})
    shutil.copytree(settings.data, copy.data)
    (tmp_path / "empty").mkdir()
    with Database(copy.journal) as journal, journal.transaction():
        harvested = Harvested(journal)
        for (locator,) in journal.rows("SELECT locator FROM payload WHERE source = 'other/half'").fetchall():
            payload = harvested.payload("other/half", locator)
            assert payload is not None
            harvested.keep(type(payload)(source="other/half", locator=locator, deleted=True), "", ())
    build(copy, [], [], Quiet())
    with Database(copy.journal, read_only=True) as journal:
        (report,) = quality(journal, "other/half")
        assert (report.records, report.payloads, report.deleted) == (0, 0, 6)
        assert (report.duplicates.works, report.references.listed, report.languages) == (0, 0, {})


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        yield client


def test_the_doors_say_the_same(client: TestClient, settings: Settings, reports: dict[str, SourceQuality]) -> None:
    found = client.get("/v1/quality").json()
    assert [one["source"] for one in found] == ["corpus", "other/half"]
    assert found[1]["duplicates"]["within"] == reports["other/half"].duplicates.within
    assert client.get("/v1/quality/other/half").json() == found[1]
    assert client.get("/v1/quality/nobody").status_code == 404
    page = client.get("/page/quality").text
    assert "other/half" in page
    assert "1234-5678" in page
    shown = CliRunner().invoke(app, ["quality", "other/half", "--json", "--data", str(settings.data)])
    assert json.loads(shown.stdout) == found[1]
    assert "1234-5678" in CliRunner().invoke(app, ["quality", "--data", str(settings.data)]).output
    with Database(settings.journal, read_only=True) as journal, pytest.raises(NotFound):
        quality(journal, "nobody")


def test_measurements_are_dqv_with_metrics_of_the_ontology(
    client: TestClient, reports: dict[str, SourceQuality]
) -> None:
    answer = client.get("/v1/quality", headers={"Accept": "text/turtle"})
    assert answer.headers["content-type"].startswith("text/turtle")
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    dqv, gn = rdflib.Namespace(PREFIXES["dqv"]), rdflib.Namespace(PREFIXES["gn"])
    ontology = rdflib.Graph().parse(Path("ontology/gnomon.ttl"), format="turtle")
    metrics = set(ontology.subjects(rdflib.RDF.type, dqv.Metric))
    assert set(graph.objects(None, dqv.isMeasurementOf)) == metrics
    source = rdflib.URIRef("http://localhost:8000/id/source/other%2Fhalf")
    values = {
        graph.value(node, dqv.isMeasurementOf): graph.value(node, dqv.value).toPython()
        for node in graph.objects(source, dqv.hasQualityMeasurement)
        if (node, dqv.computedOn, source) in graph
    }
    assert values[gn.duplicateRecords] == reports["other/half"].duplicates.within
    assert values[gn.completenessDoi] == next(f.share for f in reports["other/half"].completeness if f.name == "doi")
