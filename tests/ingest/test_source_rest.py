"""Sources with an API of their own, against servers that keep to its contract, and to their faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.formats.detect import detect
from ingest.harvest import HarvestReport, harvest
from ingest.journal.database import Database
from ingest.journal.sources import SourceNotes
from ingest.sources.base import REACHED, Broken
from ingest.sources.kinds import KINDS, SourceDefinition, source_of
from ontology.errors import SettingsError, SourceError
from ontology.records import Payload
from tests.ingest.rest_server import CONTRACTS, Api, serving

pytestmark = pytest.mark.server
NAMES = sorted(CONTRACTS)
QUICK = {"wait": 0.02, "retries": 2, "timeout": 5.0, "per_second": 0.0, "rows": 4}
MORE: dict[str, dict[str, Any]] = {"openalex": {"api_key": "k", "by_update": True}}


def record(name: str, number: int, day: int = 1, said: str = "") -> dict[str, Any]:
    """A record of the shape the API gives, of a day in May 2024."""
    date, title = f"2024-05-{day:02}", said or f"Lighthouses of the year {number}"
    doi = f"10.5555/{number}"
    body: Any
    match name:
        case "crossref":
            body = {
                "DOI": doi,
                "type": "journal-article",
                "title": [title],
                "indexed": {"date-time": f"{date}T09:00:00Z"},
            }
        case "datacite":
            said_of = {"doi": doi, "titles": [{"title": title}], "updated": f"{date}T09:00:00.000Z", "creators": []}
            body = {"id": doi, "type": "dois", "attributes": said_of | {"types": {"resourceTypeGeneral": "Dataset"}}}
        case "openalex":
            body = {"id": f"https://openalex.org/W{number:07}", "title": title, "authorships": []}
            body |= {"updated_date": f"{date}T09:00:00.123456", "doi": f"https://doi.org/{doi}"}
        case "europepmc":
            body = {"id": str(number), "source": "MED", "pmid": str(number), "title": f"{title}.", "doi": doi,
                    "isOpenAccess": "N", "inEPMC": "N", "dateOfRevision": date}  # fmt: skip
        case "pubmed":
            revised = f"<DateRevised><Year>2024</Year><Month>05</Month><Day>{day:02}</Day></DateRevised>"
            body = (f"<PubmedArticle><MedlineCitation><PMID>{number}</PMID>{revised}<Article><ArticleTitle>{title}"
                    "</ArticleTitle></Article></MedlineCitation></PubmedArticle>")  # fmt: skip
        case _:
            body = (f"<entry><id>http://arxiv.org/abs/2405.{number:05}v2</id><updated>{date}T09:00:00Z</updated>"
                    f"<published>2024-05-01T00:00:00Z</published><title>{title}</title></entry>")  # fmt: skip
    return {"date": date, "body": body}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def served(name: str) -> Iterator[tuple[Api, str]]:
    with serving(name) as found:
        yield found


@pytest.fixture
def api(served: tuple[Api, str]) -> Api:
    return served[0]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "journal.sqlite") as database:
        yield database


Run = Callable[..., HarvestReport]


@pytest.fixture
def run(name: str, served: tuple[Api, str], journal: Database) -> Run:
    def harvested(**options: Any) -> HarvestReport:
        served[0].log.clear()
        definition = SourceDefinition(
            name="api", kind=name, address=(served[1],), options=QUICK | MORE.get(name, {}) | options
        )
        return harvest(journal, source_of(definition, "library@x.example"))

    return harvested


def left(journal: Database) -> int:
    return int(journal.one("SELECT count(*) FROM payload WHERE stage = 'parsed'"))


def test_the_whole_list_then_only_what_changed(name: str, api: Api, run: Run, journal: Database) -> None:
    api.records = [record(name, number, day=1 + number) for number in range(10)]
    report = run()
    assert (report.seen, report.new, report.records, report.quarantined) == (10, 10, 10, 0)
    assert len(api.log) >= 3
    assert report.expected == 10
    api.records[2] = record(name, 2, day=20, said="Harbours")
    api.records.append(record(name, 11, day=21))
    if name in ("europepmc", "pubmed"):  # what these select by is not in the record, so the day of the harvest counts
        today = datetime.now(UTC).strftime("%Y-%m-%d")
        api.records = [one | {"date": today} if one["date"] > "2024-05-19" else one for one in api.records]
    report = run()
    assert (report.new, report.changed, report.deleted) == (1, 1, 0)
    assert report.seen <= 3
    assert left(journal) == 11


def test_who_asks_is_said(name: str, api: Api, run: Run) -> None:
    api.records = [record(name, 1)]
    run()
    headers = api.log[0][2]
    assert headers["user-agent"].startswith("Gnomon/")
    assert "mailto:library@x.example" in headers["user-agent"]
    assert headers["accept-encoding"] == "gzip"


FAULTS: dict[str, dict[str, Any]] = {
    "asked to wait": {"status": 429, "headers": {"Retry-After": "0"}},
    "overloaded": {"status": 503},
    "an error of the server": {"status": 500},
    "cut off": {"cut": True},
    "half an answer": {"half": True},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_goes_wrong_once_goes_right_the_next_time(name: str, api: Api, run: Run, fault: str) -> None:
    api.records = [record(name, number) for number in range(6)]
    where = {"pubmed": "efetch", "arxiv": "query"}.get(name, "/")
    api.faults = [FAULTS[fault] | {"when": where, "times": 2}]
    assert (report := run()).new == 6
    assert report.quarantined == 0


def test_what_stays_wrong_is_an_error_and_the_next_harvest_begins_again(
    name: str, api: Api, run: Run, journal: Database
) -> None:
    api.records = [record(name, number) for number in range(9)]
    following = {"pubmed": "retstart=4", "arxiv": "start=4", "crossref": "scroll", "datacite": "c4"}.get(name, "=c4")
    api.faults = [{"when": following, "times": 99, "status": 500}]
    with pytest.raises(SourceError, match="HTTP 500"):
        run()
    assert left(journal) == 4, "what came before the fault stays"
    assert REACHED not in SourceNotes(journal, "api").all()
    api.faults = []
    assert (report := run()).new == 5
    assert report.unchanged == 4


@pytest.mark.parametrize("name", ["crossref", "pubmed"])
def test_a_forgotten_cursor_begins_the_list_again(name: str, api: Api, run: Run) -> None:
    api.records = [record(name, number) for number in range(9)]
    api.faults = [{"when": "scroll" if name == "crossref" else "retstart=4", "times": 1, "forget": True}]
    assert run().new == 9


def test_a_full_list_says_what_is_gone(name: str, api: Api, run: Run, journal: Database) -> None:
    api.records = [record(name, number) for number in range(10)]
    run()
    del api.records[3]
    source = source_of(SourceDefinition(name="api", kind=name, address=("http://127.0.0.1:9",)))
    assert source.name == "api"
    with journal.transaction():
        SourceNotes(journal, "api").put(REACHED, "")
    assert run().deleted == 1
    assert left(journal) == 9


def test_a_page_that_comes_again_ends_the_harvest(name: str, api: Api, run: Run) -> None:
    api.records = [record(name, number) for number in range(9)]
    first = api.answer
    held: dict[str, Any] = {}

    def always_the_same(path: str, asked: dict[str, str]) -> tuple[int, str]:
        if "esearch" in path:
            return first(path, asked)
        return held.setdefault("page", first(path, asked))  # type: ignore[no-any-return]

    api.answer = always_the_same
    if name == "europepmc":  # a cursor that is handed back is the end
        api.answer = lambda path, asked: (
            200,
            first(path, asked | {"cursorMark": "*"})[1].replace("c4", asked["cursorMark"] + "x"),
        )
    with pytest.raises(SourceError, match="again and again"):
        run()


def test_more_pages_than_allowed_are_an_error(name: str, api: Api, run: Run) -> None:
    api.records = [record(name, number) for number in range(9)]
    with pytest.raises(SourceError, match="more pages"):
        run(pages=2)


def test_what_is_refused_is_said(name: str, api: Api, run: Run) -> None:
    api.faults = [{"when": "/", "times": 99, "status": 403}]
    with pytest.raises(SourceError, match="HTTP 403"):
        run()
    assert len(api.log) == 1, "asking again would not help"


def test_what_is_no_answer_of_the_api_is_an_error(name: str, api: Api, run: Run) -> None:
    for nonsense in ("", "<html>Welcome</html>", "[]", '{"message": 1}'):
        api.answer = lambda path, asked, body=nonsense: (200, body)  # type: ignore[misc]
        with pytest.raises(SourceError):
            run()


def test_secrets_travel_in_the_right_place_and_are_not_shown() -> None:
    with serving("crossref") as (api, address):
        options = QUICK | {"token": "hush"}
        list(source_of(SourceDefinition(name="a", kind="crossref", address=(address,), options=options)).harvest())
        assert api.log[0][2]["crossref-plus-api-token"] == "Bearer hush"
        assert "hush" not in str(api.log[0][1])


class TestUnchanged:
    """A list of one page is asked for only if it has changed."""

    @pytest.fixture
    def name(self) -> str:
        return "datacite"

    def test_nothing_is_transferred_twice(self, name: str, api: Api, run: Run) -> None:
        api.marks = True
        api.records = [record(name, number, day=number + 1) for number in range(3)]
        assert run().new == 3
        assert run().seen == 1, "the day of the newest record is asked for"
        assert run().seen == 0
        assert api.log[0][2]["if-none-match"].startswith('"')
        api.records.append(record(name, 4, day=9))
        assert run().new == 1

    def test_another_definition_asks_anew(self, name: str, api: Api, run: Run) -> None:
        api.marks = True
        api.records = [record(name, 1)]
        run()
        run()
        assert run(query="light").seen == 1
        assert "if-none-match" not in api.log[0][2]


class TestPubmed:
    """A search of more than PubMed gives at once."""

    @pytest.fixture
    def name(self) -> str:
        return "pubmed"

    def test_it_is_made_in_spans_of_time(self, api: Api, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ingest.sources.rest.pubmed._MOST", 5)
        api.records = [record("pubmed", number, day=1 + number // 4) for number in range(16)]
        assert run().new == 16
        monkeypatch.setattr("ingest.sources.rest.pubmed._MOST", 3)
        with pytest.raises(SourceError, match="narrow"):
            run(query="other")

    def test_citations_that_were_deleted_are(self, api: Api, run: Run, journal: Database) -> None:
        api.records = [record("pubmed", number) for number in range(4)]
        run()
        gone = "<DeleteCitation><PMID Version='1'>2</PMID></DeleteCitation>"
        api.records = [{"date": "2099-01-01", "body": gone}]
        first = api.answer
        api.answer = lambda path, asked: first(path, {**asked, "maxdate": "9999"})
        assert run().deleted == 1
        assert left(journal) == 3


def test_open_full_text_comes_with_the_record(tmp_path: Path) -> None:
    jats = (
        '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>'
        '<article-id pub-id-type="doi">10.5555/1</article-id>'
        "<title-group><article-title>Lighthouses</article-title></title-group></article-meta></front>"
        "<body><sec><title>Light</title><p>It shines.</p></sec></body></article>"
    )
    with serving("europepmc") as (api, address):
        for number, pmcid in enumerate(("PMC1", "PMC2", "")):
            one = record("europepmc", number)
            one["body"] |= {"pmcid": pmcid, "isOpenAccess": "Y", "inEPMC": "Y"} if pmcid else {}
            api.records.append(one | ({"pmcid": "PMC1", "full": jats} if pmcid == "PMC1" else {}))
        options = QUICK | {"full_text": True}
        definition = SourceDefinition(name="e", kind="europepmc", address=(address,), options=options)
        found = [one for one in source_of(definition).harvest() if isinstance(one, Payload | Broken)]
    assert [one.locator for one in found] == ["MED/0", "PMC1/fullTextXML", "MED/1", "MED/2"]
    full = found[1]
    assert isinstance(full, Payload)
    assert detect(full).name == "jats"


def test_a_kind_without_address_has_one_of_its_own() -> None:
    for name in NAMES:
        assert KINDS.get(name).address.startswith("https://")
        with pytest.raises(SettingsError, match="one address"):
            source_of(SourceDefinition(name="a", kind=name, address=("http://a.example", "http://b.example")))


@pytest.mark.shared
def test_recorded_pages_of_crossref_are_followed(shared: Path, tmp_path: Path) -> None:
    """Three pages as Crossref gave them, by the cursors it gave."""
    folder = shared / "crossref" / "responses_habanero"
    first = folder / "5941b81bb41b.json"
    pages = [
        json.loads((folder / f"{one}.json").read_bytes()) for one in ("5941b81bb41b", "0361e76fd694", "9b3bd989cdb0")
    ]
    assert first.exists()
    with serving("crossref") as (api, address), Database(tmp_path / "j.sqlite") as journal:
        asked_for: list[str] = []

        def replay(path: str, asked: dict[str, str]) -> tuple[int, str]:
            asked_for.append(asked["cursor"])
            if len(asked_for) > len(pages):
                return 200, json.dumps({"status": "ok", "message": {"items": [], "total-results": 15}})
            return 200, json.dumps(pages[len(asked_for) - 1])

        api.answer = replay
        options = QUICK | {"rows": 5}
        report = harvest(
            journal, source_of(SourceDefinition(name="c", kind="crossref", address=(address,), options=options))
        )
        wanted = {item["DOI"].lower() for page in pages for item in page["message"]["items"]}
        assert asked_for[:2] == ["*", pages[0]["message"]["next-cursor"]]
        assert {locator for (locator,) in journal.rows("SELECT locator FROM payload")} == wanted
        assert (report.quarantined, report.expected) == (0, 15)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["crossref", "openalex", "datacite"])
def test_real_records_are_read_as_they_come(shared: Path, name: str, tmp_path: Path) -> None:
    bodies: list[Any] = []
    if name == "datacite":
        for file in sorted((shared / "datacite" / "bolognese").glob("*.json")):
            found = json.loads(file.read_bytes()).get("data")
            bodies += [found] if isinstance(found, dict) and found.get("attributes") else []
    else:
        with (shared / name / "works.jsonl").open("rb") as file:
            bodies = [json.loads(line) for line, _ in zip(file, range(150), strict=False)]
    with serving(name) as (api, address), Database(tmp_path / "j.sqlite") as journal:
        api.records = [{"date": "2024-01-01", "body": body} for body in bodies]
        options = QUICK | MORE.get(name, {}) | {"rows": 50}
        report = harvest(journal, source_of(SourceDefinition(name="c", kind=name, address=(address,), options=options)))
        assert report.quarantined == 0
        assert report.new == len({json.dumps(body.get("DOI") or body.get("id") or "").lower() for body in bodies}) > 5
