"""OAI-PMH against a real server in another process, well-behaved and not."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from ingest.sources.base import NOTHING, REACHED, Broken, Entry, Noted, Past
from ingest.sources.oai import OaiSource
from ingest.sources.oai_client import OaiSettings, parse
from ontology.errors import PayloadTooLarge, SettingsError, SourceError
from ontology.records import Payload
from tests.ingest.fault_proxy import FaultProxy, between
from tests.ingest.oai_servers import oai_servers

pytestmark = pytest.mark.server
SECONDS = "YYYY-MM-DDThh:mm:ssZ"
QUICK = OaiSettings(wait=0.05, retries=2, timeout=5.0)


class Server:
    """The servers, asked through a proxy that spoils answers."""

    def __init__(self, port: int, proxy: FaultProxy) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.proxy = proxy
        self.url = self.address("oai")

    def address(self, which: str) -> str:
        return f"http://127.0.0.1:{self.proxy.port}/{which}"

    def serve(self, records: list[dict[str, Any]], faults: list[dict[str, Any]] | None = None, **world: Any) -> None:
        body = {"granularity": SECONDS, "limit": 4, "records": records} | world
        request = urllib.request.Request(f"{self.root}/world", json.dumps(body).encode(), method="PUT")
        urllib.request.urlopen(request, timeout=5).close()
        self.proxy.faults = faults or []
        self.proxy.log = []

    def queries(self) -> list[str]:
        """What was asked since the last time; asking who they are does not count."""
        asked, self.proxy.log = self.proxy.log, []
        return [query for query in asked if query != "verb=Identify"]

    def harvest(
        self, since: str = "", settings: OaiSettings = QUICK, past: Past = NOTHING, **options: Any
    ) -> list[Payload | Broken]:
        """What was handed over, without what else was said."""
        past = Past(notes={REACHED: since}) if since else past
        return [one for one in self.entries(settings, past, **options) if isinstance(one, Payload | Broken)]

    def entries(self, settings: OaiSettings = QUICK, past: Past = NOTHING, **options: Any) -> list[Entry]:
        return list(OaiSource("repo", self.url, settings=settings, **options).harvest(past))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with oai_servers() as port, between(f"http://127.0.0.1:{port}") as proxy:
        yield Server(port, proxy)


def record(number: int, *, day: int = 1, sets: tuple[str, ...] = ("even",), **more: Any) -> dict[str, Any]:
    stamp = f"2024-05-{day:02}T{number % 24:02}:00:00Z"
    return {"id": f"oai:x:{number}", "stamp": stamp, "sets": list(sets), "title": f"Work {number} & ü"} | more


def ten() -> list[dict[str, Any]]:
    records = [record(n, sets=("even",) if n % 2 == 0 else ("odd",)) for n in range(10)]
    records[3] |= {"deleted": True, "sets": ["odd", "even"]}
    return records


def ids(found: list[Payload | Broken]) -> list[str]:
    return [item.locator.removeprefix("oai:x:") for item in found if isinstance(item, Payload)]


def test_all_pages_are_harvested_and_deletions_are_told(server: Server) -> None:
    server.serve(ten())
    found = server.harvest()
    assert ids(found) == [str(n) for n in range(10)]
    assert len(server.queries()) == 3
    assert [p.locator for p in found if isinstance(p, Payload) and p.deleted] == ["oai:x:3"]
    first, gone = found[0], found[3]
    assert isinstance(first, Payload)
    assert (first.source, first.media, first.datestamp, first.deleted) == (
        "repo",
        "oai_dc",
        "2024-05-01T00:00:00Z",
        False,
    )
    assert etree.fromstring(first.body).tag == "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"
    assert "Work 0 &amp; ü" in first.body.decode()
    assert isinstance(gone, Payload)
    assert gone.body == b""
    assert server.harvest() == found


def test_a_second_harvest_transfers_only_what_changed(server: Server) -> None:
    records = ten()
    server.serve(records)
    newest = max(p.datestamp for p in server.harvest() if isinstance(p, Payload))
    records[2] |= {"stamp": "2024-05-09T00:00:00Z", "title": "changed"}
    records[5] |= {"stamp": "2024-05-09T01:00:00Z", "deleted": True}
    server.serve(records)

    found = server.harvest("2024-05-02")

    assert ids(found) == ["2", "5"]
    assert sorted(ids(server.harvest(newest))) == ["2", "5", "9"]  # `from` includes its bound
    assert server.harvest("2024-06-01") == []


def test_sets_are_harvested_one_after_the_other_and_a_record_comes_once(server: Server) -> None:
    server.serve(ten())
    assert ids(server.harvest(sets=["odd"])) == ["1", "3", "5", "7", "9"]
    assert ids(server.harvest(sets=["odd", "even"])) == ["1", "3", "5", "7", "9", "0", "2", "4", "6", "8"]
    assert ids(server.harvest(sets=["nobody"])) == []


@pytest.mark.parametrize("granularity, sent", [("YYYY-MM-DD", "2024-05-02"), (SECONDS, "2024-05-02T22%3A30%3A00Z")])
def test_since_is_written_as_the_server_can_read_it(server: Server, granularity: str, sent: str) -> None:
    records = [r | {"stamp": r["stamp"][: 10 if granularity == "YYYY-MM-DD" else 20]} for r in ten()]
    server.serve([*records, record(11, day=3) | {"stamp": "2024-05-03T00:00:00Z"[: len(records[0]["stamp"])]}],
                 granularity=granularity)  # fmt: skip
    assert ids(server.harvest("2024-05-03T00:30:00.5+02:00")) == ["11"]
    assert f"from={sent}" in server.queries()[-1]
    assert ids(server.harvest("2024-05-03")) == ["11"]
    assert "from=2024-05-03" in server.queries()[-1]
    until = OaiSettings(until="2024-05-01T03:00:00Z" if granularity == SECONDS else "2024-05-02", wait=0.05)
    assert "11" not in ids(server.harvest(settings=until))


def test_a_since_that_is_no_date_is_a_setting_error(server: Server) -> None:
    server.serve(ten())
    with pytest.raises(SettingsError, match="yesterday"):
        server.harvest("yesterday")


def test_an_overloaded_server_is_waited_for_whatever_way_it_asks(server: Server) -> None:
    late = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    for answer in ("0", late, "in a while", "-3", "86400"):
        faults = [{"when": "resumptionToken", "times": 1, "status": 503, "headers": {"Retry-After": answer}}]
        server.serve(ten(), faults)
        patience = OaiSettings(wait=0.05, retries=1, longest_wait=0.2)
        assert len(ids(server.harvest(settings=patience))) == 10
        assert len(server.queries()) == 4


@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait_the_server_says(server: Server, status: int) -> None:
    server.serve(ten(), [{"when": "resumptionToken", "times": 1, "status": status, "headers": {"Retry-After": "0"}}])
    begun = time.monotonic()
    assert len(ids(server.harvest(settings=OaiSettings(wait=30.0, retries=1)))) == 10
    assert time.monotonic() - begun < 20, "not the 30 s that are waited where it says nothing"


def test_a_cut_connection_is_taken_up_again(server: Server) -> None:
    server.serve(ten(), [{"when": "resumptionToken", "times": 1, "cut": True}])
    assert len(ids(server.harvest())) == 10


def test_a_server_that_stays_away_ends_the_harvest_with_an_error_not_with_silence(server: Server) -> None:
    server.serve(ten(), [{"when": "resumptionToken", "times": 99, "status": 503, "headers": {"Retry-After": "0"}}])
    found: list[Entry] = []
    with pytest.raises(SourceError, match="503"):
        found.extend(OaiSource("repo", server.url, settings=QUICK).harvest())
    with pytest.raises(SourceError, match="cannot be read"):
        list(OaiSource("repo", "http://127.0.0.1:9/oai", settings=QUICK).harvest())


def test_an_answer_that_is_short_once_loses_nothing_and_short_for_ever_is_an_error(server: Server) -> None:
    server.serve(ten(), [{"when": "resumptionToken", "times": 1, "truncate": True}])
    assert ids(server.harvest()) == [str(n) for n in range(10)]
    server.serve(ten(), [{"when": "resumptionToken", "times": 99, "truncate": True}])
    with pytest.raises(SourceError, match="breaks off"):
        server.harvest()


def test_a_forgotten_token_restarts_the_list_without_repeating_records(server: Server) -> None:
    expired = {"when": "resumptionToken", "raw": _error("badResumptionToken")}
    server.serve(ten(), [expired | {"times": 1}])
    assert ids(server.harvest()) == [str(n) for n in range(10)]
    assert len(server.queries()) == 5


def same_second() -> list[dict[str, Any]]:
    """More records than a page holds, in a span that cannot be cut."""
    return [one | {"stamp": "2024-05-01T00:00:00Z"} for one in ten()]


def test_a_server_that_knows_none_of_its_tokens_is_asked_in_ever_smaller_windows(server: Server) -> None:
    expired = {"when": "resumptionToken", "raw": _error("badResumptionToken"), "times": 999}
    server.serve(ten(), [expired])
    assert sorted(ids(server.harvest())) == [str(n) for n in range(10)]
    server.serve(same_second(), [expired])
    with pytest.raises(SourceError, match="resumption token"):
        server.harvest()


def test_a_token_that_comes_back_is_not_followed_for_ever(server: Server) -> None:
    again = _page("<resumptionToken>again</resumptionToken>")
    server.serve(same_second(), [{"when": "resumptionToken", "times": 999, "raw": again}])
    with pytest.raises(SourceError, match="second time"):
        server.harvest()


def test_one_malformed_record_is_broken_and_its_page_and_the_next_go_on(server: Server) -> None:
    bad = {"times": 99, "replace": ["Work 5 &amp;", "Work 5 <&"]}
    server.serve(ten(), [bad | {"when": "resumptionToken"}, bad | {"when": "GetRecord"}])
    found = server.harvest()
    assert ids(found) == ["0", "1", "2", "3", "4", "6", "7", "8", "9"]
    (broken,) = [item for item in found if isinstance(item, Broken)]
    assert broken.locator == "oai:x:5"
    assert "not well-formed" in broken.error.message


def test_records_without_metadata_or_identifier_are_broken(server: Server) -> None:
    records = ("<record><header><identifier>a</identifier><datestamp>2024-01-01</datestamp></header></record>"
               "<record><header/><metadata><x/></metadata></record><record/>")  # fmt: skip
    server.serve(ten(), [{"when": "ListRecords", "times": 1, "raw": _page(records)}])
    found = server.harvest()
    assert all(isinstance(item, Broken) for item in found)
    assert {item.locator for item in found} == {"a", f"{server.url}#line 1"}


def test_what_the_server_refuses_is_said_in_its_words(server: Server) -> None:
    server.serve(ten())
    with pytest.raises(SourceError, match="CannotDisseminateFormat"):
        server.harvest(prefix="marc21")
    server.serve(ten(), [{"when": "ListRecords", "times": 1, "status": 404}])
    with pytest.raises(SourceError, match="404"):
        server.harvest()


@pytest.mark.parametrize("raw", ["", "   ", "garbage", "<html><body>Welcome</body></html>", "<html><br>Welcome</html>"])
def test_what_is_not_oai_pmh_is_no_empty_harvest(server: Server, raw: str) -> None:
    server.serve(ten(), [{"when": "verb=List", "times": 99, "raw": raw}])
    with pytest.raises(SourceError):
        server.harvest()


def test_an_answer_without_end_is_stopped(server: Server) -> None:
    server.serve(ten(), [{"when": "ListRecords", "times": 99, "raw": "<x>" * 1000, "repeat": 2000}])
    with pytest.raises(PayloadTooLarge):
        server.harvest(settings=OaiSettings(answer_bytes=1 << 20, wait=0.05))


def test_an_answer_in_an_encoding_nobody_asked_for_is_refused(server: Server) -> None:
    fault = {"when": "ListRecords", "times": 1, "raw": "x", "headers": {"Content-Encoding": "br"}}
    server.serve(ten(), [fault])
    with pytest.raises(SourceError, match="'br'"):
        server.harvest()


@pytest.mark.parametrize("stamp", ["2024-13-45", "9999-12-31", "0001-01-01", "soon", ""])
def test_a_datestamp_that_is_none_does_not_lead_the_next_harvest_astray(server: Server, stamp: str) -> None:
    old = "<datestamp>2024-05-01T09:00:00Z</datestamp>"
    server.serve(ten(), [{"when": "ListRecords", "times": 9, "replace": [old, f"<datestamp>{stamp}</datestamp>"]},
                         {"when": "Identify", "times": 9, "replace": ["2000-01-01", stamp]}])  # fmt: skip
    found = server.entries(settings=OaiSettings(wait=0.05, window_days=4000))
    reached = [one.value for one in found if isinstance(one, Noted) and one.key == REACHED][-1]
    assert len([one for one in found if isinstance(one, Payload)]) == 10
    assert reached == "2024-05-01T08:00:00Z"
    assert ids(server.harvest(reached)) == ["8", "9"]


def test_entities_are_neither_expanded_nor_fetched(server: Server, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("top-secret")
    doctype = f'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY file SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    inside = "<record><header><identifier>a</identifier></header><metadata><t>&a;&file;</t></metadata></record>"
    server.serve(ten(), [{"when": "ListRecords", "times": 1, "raw": doctype + _page(inside)}])
    (found,) = server.harvest()
    assert isinstance(found, Payload)
    assert etree.fromstring(found.body.replace(b"&", b"+")).text == "+a;+file;"


def test_a_billion_laughs_costs_nothing_and_the_record_is_broken(server: Server) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    inside = "<record><header><identifier>a</identifier></header><metadata><t>&l9;</t></metadata></record>"
    raw = f'<!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>{_page(inside)}'
    server.serve(ten(), [{"when": part, "times": 99, "raw": raw} for part in ("ListRecords", "GetRecord")])
    (found,) = server.harvest()
    assert isinstance(found, Broken)
    assert found.locator == "a"


@pytest.mark.shared
def test_recorded_answers_of_real_servers_are_read_as_they_are(shared: Path, server: Server) -> None:
    harvested = 0
    for file in sorted((shared / "oai").rglob("*.xml")):
        text = file.read_bytes()
        try:
            root = parse(text)
        except etree.XMLSyntaxError:
            continue
        oai = "{http://www.openarchives.org/OAI/2.0/}"
        records = root.findall(f"{oai}ListRecords/{oai}record")
        if records and not (root.findtext(f"{oai}ListRecords/{oai}resumptionToken") or "").strip():
            server.serve([], [{"when": "ListRecords", "times": 1, "raw": text.decode()}])
            found = server.harvest()
            assert len(found) == len({r.findtext(f"{oai}header/{oai}identifier") for r in records})
            assert sum(isinstance(item, Broken) for item in found) == (file.name == "ListRecords4.xml")
            harvested += 1
    assert harvested >= 2


def _page(inside: str) -> str:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>{inside}</ListRecords></OAI-PMH>'


def _error(code: str) -> str:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="{code}">no</error></OAI-PMH>'
