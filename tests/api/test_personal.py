"""Profiles, saved searches, feeds and digests over HTTP, with a real SMTP server."""

from __future__ import annotations

import re
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from fastapi.testclient import TestClient
from lxml import etree

from api.app import create_app
from api.build import build
from api.personal.alerts import run_alerts
from api.personal.mail import send
from api.personal.store import TABLES
from api.settings import Settings
from api.watch import Quiet
from api.wiring import Services
from ingest.sources.files import FilesSource

ATOM = "{http://www.w3.org/2005/Atom}"


class Inbox:
    """What an SMTP server was sent; it refuses while `closed`."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.closed = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.closed:
            return "451 come back later"
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 taken"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    box = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def own(built: Settings, tmp_path: Path, inbox: tuple[Inbox, int]) -> Settings:
    """A copy of the small graph that a test may change, with an SMTP server."""
    shutil.copytree(built.data, tmp_path / "data")
    (tmp_path / "data" / "profiles.sqlite").unlink(missing_ok=True)  # other tests make profiles there
    return built.model_copy(
        update={"data": tmp_path / "data", "smtp_host": "127.0.0.1", "smtp_port": inbox[1], "smtp_starttls": False}
    )


@pytest.fixture
def mine(own: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(own), base_url="http://localhost:8000") as client:
        yield client


def agree(client: TestClient) -> dict[str, str]:
    made = client.post("/v1/profile", json={"consent": True})
    assert made.status_code == 201
    client.cookies.clear()
    return {"X-Profile": made.json()["token"]}


def rows(settings: Settings) -> int:
    path = settings.data / "profiles.sqlite"
    if not path.exists():
        return 0
    with sqlite3.connect(path) as connection:
        tables = ("profile", *TABLES)
        return sum(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables)


def test_nothing_is_kept_before_consent(mine: TestClient, own: Settings) -> None:
    refused = mine.post("/v1/profile", json={"consent": False})
    assert refused.status_code == 403
    assert refused.json()["code"] == "ConsentMissing"
    assert "forgets all of it" in refused.json()["hint"]
    assert mine.put("/v1/profile/interests?iri=http://voc.test/a").status_code == 401
    assert mine.get("/v1/search?q=library&personal=on").status_code == 401
    assert mine.post("/v1/saved", json={"name": "a", "q": "library"}).status_code == 401
    assert mine.get("/page/profile").status_code == 200
    assert rows(own) == 0
    assert not (own.data / "profiles.sqlite").exists()


def test_a_profile_is_seen_edited_exported_and_erased(mine: TestClient, own: Settings) -> None:
    key = agree(mine)
    found = mine.get("/v1/search?q=library&limit=5").json()["hits"]
    work = found[0]["document"]["iri"]
    for address in (
        f"/v1/profile/thumbs?work={work}", f"/v1/profile/reading-list?work={work}",
        "/v1/profile/interests?iri=http://voc.test/a&label=A",
    ):  # fmt: skip
        assert mine.put(address, headers=key).status_code == 204
    kept = mine.get("/v1/profile", headers=key).json()["profile"]
    assert [one["work"] for one in kept["reading_list"]] == [work]
    assert kept["thumbs"][0]["value"] == 1
    assert kept["interests"][0]["label"] == "A"
    assert mine.get("/v1/profile/export", headers=key).json()["profile"] == kept
    assert mine.delete("/v1/profile/interests?iri=http://voc.test/a", headers=key).status_code == 204
    assert mine.delete("/v1/profile/interests?iri=http://voc.test/a", headers=key).status_code == 404
    assert mine.delete("/v1/profile", headers=key).status_code == 204
    assert rows(own) == 0
    assert work.encode() not in (own.data / "profiles.sqlite").read_bytes()
    assert mine.get("/v1/profile", headers=key).status_code == 401


def test_interests_order_results_and_hide_none(mine: TestClient) -> None:
    key = agree(mine)
    neutral = mine.get("/v1/search?q=library&limit=20&explain=true").json()
    same = mine.get("/v1/search?q=library&limit=20&explain=true&personal=on", headers=key).json()
    assert [h["document"]["iri"] for h in same["hits"]] == [h["document"]["iri"] for h in neutral["hits"]]
    assert same["personal"]
    assert "moved" not in same
    last = neutral["hits"][-1]["document"]
    mine.put(f"/v1/profile/thumbs?work={last['iri']}", headers=key)
    for iri, label in last.get("topics", []):
        mine.put("/v1/profile/interests", params={"iri": iri, "label": label}, headers=key)
    ordered = mine.get("/v1/search?q=library&limit=20&explain=true&personal=on", headers=key).json()
    assert {h["document"]["iri"] for h in ordered["hits"]} == {h["document"]["iri"] for h in neutral["hits"]}
    assert ordered["total"] == neutral["total"]
    for one in ordered["hits"]:
        assert abs(sum(part["value"] for part in one["parts"]) - one["score"]) < 1e-6
    moved = {one["iri"]: one for one in ordered["moved"]}
    assert moved[last["iri"]]["now"] < moved[last["iri"]]["was"]
    assert "you liked it" in moved[last["iri"]]["reasons"]
    deep = mine.get("/v1/search?q=library&limit=20&offset=60&personal=on", headers=key).json()
    assert any("neutral order" in note for note in deep["notes"])
    mine.delete("/v1/profile", headers=key)
    assert mine.get("/v1/search?q=library&limit=20&explain=true").json()["hits"] == neutral["hits"]


def test_another_site_cannot_change_a_profile(mine: TestClient) -> None:
    made = mine.post("/v1/profile", json={"consent": True})
    assert "HttpOnly" in made.headers["set-cookie"]
    assert "SameSite=strict" in made.headers["set-cookie"]
    foreign = {"Origin": "https://evil.example"}
    assert mine.put("/v1/profile/interests?iri=http://voc.test/a", headers=foreign).status_code == 403
    assert mine.delete("/v1/profile", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert mine.post("/page/profile", data={"action": "erase"}, headers=foreign).status_code == 403
    assert mine.get("/v1/profile").json()["profile"].get("interests", []) == []


def test_the_page_does_it_all_without_script(mine: TestClient, own: Settings) -> None:
    page = mine.get("/page/profile")
    assert "I agree" in page.text
    assert mine.post("/page/profile/consent").status_code == 200
    assert "Erase everything" in mine.get("/page/profile").text
    work = mine.get("/v1/search?q=library").json()["hits"][0]["document"]["iri"]
    searched = mine.get("/?q=library")
    assert "In the order of your interests" in searched.text
    assert "save this search" in searched.text
    back = mine.post("/page/profile", data={"action": "up", "value": work, "back": "/?q=library"})
    assert str(back.url).endswith("/?q=library")
    wrong = mine.post("/page/profile", data={"action": "save", "value": "AND ("})
    assert wrong.status_code == 400
    assert 'role="alert"' in wrong.text
    assert "In the neutral order" in mine.get("/?q=library&neutral=true").text
    away = mine.post(
        "/page/profile", data={"action": "list", "value": work, "back": "//evil.example"}, follow_redirects=False
    )
    assert away.headers["location"] == "/page/profile"
    assert mine.post("/page/profile", data={"action": "erase"}).status_code == 200
    assert rows(own) == 0


def paper(folder: Path, name: str, title: str) -> None:
    folder.mkdir(exist_ok=True)
    said = f"title = {{{title}}}, author = {{Lovelace, Ada}}, year = {{2026}}, doi = {{10.5555/{name}}}"
    (folder / f"{name}.bib").write_text(f"@article{{{name}, {said}}}")


def test_new_matches_are_told_once(mine: TestClient, own: Settings, inbox: tuple[Inbox, int], tmp_path: Path) -> None:
    box, _ = inbox
    key = agree(mine)
    body = {"name": "Gyroscopes\r\nBcc: x@evil.example", "q": "gyroscope", "email": "reader@example.org"}
    assert mine.post("/v1/saved", json=body, headers=key).status_code == 400, "a name is one line"
    saved = mine.post("/v1/saved", json={**body, "name": "Gyroscopes <b>"}, headers=key).json()
    assert [m["Subject"] for m in box.messages] == ["Please confirm: Gyroscopes <b>"]
    round_ = lambda: _alerts(own)  # noqa: E731
    assert round_().new_matches == 0

    paper(tmp_path / "more", "one", "A gyroscope for librarians & others")
    _build(own, tmp_path / "more")
    first = round_()
    assert (first.new_matches, first.sent) == (1, 0), "nothing is sent to an address that has not confirmed"
    text = box.messages[0].get_body(("plain",))
    assert text is not None
    link = re.search(r"http://localhost:8000(/v1/saved/confirm\S+)", text.get_content())
    assert link is not None
    assert "will be sent" in mine.get(link[1]).text

    box.closed = True
    failed = round_()
    assert failed.sent == 0
    assert "did not take" in failed.faults[0]
    box.closed = False
    assert round_().sent == 1
    assert round_().sent == 0
    message = box.messages[1]
    assert message["Subject"] == "1 new match: Gyroscopes <b>"
    assert message["To"] == "reader@example.org"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = message.get_body(("html",))
    assert html is not None
    assert "A gyroscope for librarians &amp; others" in html.get_content()
    assert "<b>" not in html.get_content()
    assert "<img" not in html.get_content()

    paper(tmp_path / "more", "two", "Another gyroscope")
    _build(own, tmp_path / "more")
    assert round_().sent == 1
    leave = message["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    assert mine.post(leave, content="List-Unsubscribe=One-Click").status_code == 200
    paper(tmp_path / "more", "three", "A third gyroscope")
    _build(own, tmp_path / "more")
    last = round_()
    assert (last.new_matches, last.sent) == (1, 0)

    address = f"/v1/saved/{saved['id']}"
    assert mine.get(f"{address}/feed.atom").status_code == 404
    feed = mine.get(f"{address}/feed.atom?secret={saved['secret']}")
    entries = etree.fromstring(feed.content).findall(f"{ATOM}entry")
    assert {one.findtext(f"{ATOM}title") for one in entries} == {
        "A gyroscope for librarians & others", "Another gyroscope", "A third gyroscope",
    }  # fmt: skip
    assert mine.patch(f"{address}?shared=true", headers=key).json()["shared"]
    shared = mine.get(f"{address}/feed.json").json()
    assert len(shared["items"]) == 3
    assert saved["secret"] not in str(shared)
    other = agree(mine)
    assert mine.delete(address, headers=other).status_code == 404
    assert mine.delete(address, headers=key).status_code == 204
    assert mine.get(f"{address}/feed.json").status_code == 404


def _build(settings: Settings, folder: Path) -> None:
    build(settings, [FilesSource("more", [folder])], [], Quiet())


def _alerts(settings: Settings) -> Any:
    services = Services(settings)
    try:
        return run_alerts(services.saved_searches, services.engine, settings, lambda m: send(m, settings))
    finally:
        services.close()


def test_a_search_that_cannot_be_read_is_not_saved(mine: TestClient) -> None:
    key = agree(mine)
    wrong = mine.post("/v1/saved", json={"name": "a", "q": "year:2015.."}, headers=key)
    assert wrong.status_code in (201, 400)
    assert mine.post("/v1/saved", json={"name": "a", "q": "(library"}, headers=key).status_code == 400
    assert mine.post("/v1/saved", json={"name": "", "q": "library"}, headers=key).status_code == 400
    assert mine.post("/v1/saved", json={"name": "a", "q": "b", "email": "no"}, headers=key).status_code == 400
    assert mine.post("/v1/saved", json={"name": 7}, headers=key).status_code == 400
