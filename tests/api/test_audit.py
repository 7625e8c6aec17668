"""The audit log: every change and every refusal, by whatever door, kept as it was written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import _MODULES, create_app
from api.auditing.commands import AUDITED, READING
from api.auditing.log import AuditEntry, AuditLog, AuditPage, Call, Wanted, audit_log, network_of
from api.auth import Keys, Role
from api.backup import backup
from api.cli.main import app
from api.command import environment
from api.routing import changes_something
from api.settings import Settings
from ontology.errors import AuditError, QueryParameterError

ME = Call(who="key:ada", role="curator", door="api", operation="edit_vocabulary", address="192.0.2.77")
CHANGING_COMMANDS = {
    "build", "harvest", "schedule", "sample", "demo", "alerts", "dump", "backup", "restore", "key add", "key revoke",
    "quarantine retry", "identity merge", "identity split", "identity settle", "candidates accept",
    "candidates reject", "vocabulary edit", "vocabulary undo", "vocabulary link", "changeset propose",
    "changeset say", "changeset approve", "changeset reject", "changeset apply", "mapping accept", "mapping reject",
    "mapping forget", "mapping import", "topics decide", "train topics", "train extractor", "source add",
    "source run", "source remove", "index rebuild", "index reencode", "snapshot tag", "snapshot untag",
}  # fmt: skip


@pytest.fixture(scope="module")
def key(built: Settings) -> str:
    return Keys(built.data / "keys.sqlite").add("audit-admin", Role.admin)


@pytest.fixture(scope="module")
def client(built: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(built), base_url="http://localhost:8000", client=("192.0.2.77", 1)) as client:
        yield client


def newest(settings: Settings, **wanted: Any) -> AuditEntry:
    return audit_log(settings).page(Wanted(**wanted), limit=1).entries[0]


def test_a_change_is_told_with_who_when_where_and_outcome(client: TestClient, built: Settings, key: str) -> None:
    made = client.put("/workspaces/audited", headers={"X-API-Key": key})
    assert made.status_code == 201
    told = newest(built)
    assert (told.who, told.role, told.door, told.method) == ("key:audit-admin", "admin", "sparql", "PUT")
    assert told.operation == "make_workspace"
    assert told.targets == ("http://localhost:8000/workspaces/audited",)
    assert (told.status, told.refused, told.address) == (201, False, "192.0.2.0/24")
    assert told.at <= told.ended
    update = {"update": "INSERT DATA { <urn:a> <urn:b> <urn:c> }"}
    assert client.post("/workspaces/audited/sparql", data=update, headers={"X-API-Key": key}).status_code == 204
    assert newest(built).operation == "sparql_workspace_post"
    put = client.put("/workspaces/audited/graph?graph=urn:g", content="<urn:a> <urn:b> 1 .", headers={"X-API-Key": key})
    assert put.status_code == 201
    assert newest(built).targets == ("http://localhost:8000/workspaces/audited/graph", "urn:g")


def test_questions_are_not_told_of(client: TestClient, built: Settings, key: str) -> None:
    before = audit_log(built).page(Wanted(), limit=1).entries
    sent = {"X-API-Key": key}
    assert client.get("/v1/search?q=library", headers=sent).status_code == 200
    assert client.post("/sparql", data={"query": "ASK {}"}, headers=sent).status_code == 200
    assert client.post("/sparql", data={"query": "DROP ALL"}, headers=sent).status_code == 403
    edit = {"edits": [{"edit": "add-label", "concept": "https://example.org/gnomon/sample/bm25", "text": "Okapi"}]}
    assert client.post("/v1/vocabularies/vocabulary/preview?limit=0", json=edit, headers=sent).status_code == 200
    assert audit_log(built).page(Wanted(), limit=1).entries == before


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("DELETE", "/workspaces/other", {}, 401, "Unauthenticated"),
        ("GET", "/v1/audit", {}, 401, "Unauthenticated"),
        ("GET", "/v1/search?q=a", {"X-API-Key": "gn_wrong"}, 401, "Unauthenticated"),
        ("POST", "/sparql", {"Content-Type": "application/sparql-update"}, 401, "Unauthenticated"),
        ("POST", "/sign-out", {"Origin": "https://evil.example"}, 403, "Forbidden"),
    ],
)
def test_refusals_are_told(
    client: TestClient, built: Settings, method: str, path: str, sent: dict[str, str], status: int, code: str
) -> None:
    body = "INSERT DATA { <urn:a> <urn:b> <urn:c> }" if "Content-Type" in sent else None
    assert client.request(method, path, headers=sent, content=body).status_code == status
    told = newest(built, refused=True)
    assert (told.who, told.status, told.code, told.method) == ("anonymous", status, code, method)


def test_a_key_with_too_small_a_role_is_told_of_by_its_name(client: TestClient, built: Settings) -> None:
    reader = Keys(built.data / "keys.sqlite").add("audit-reader", Role.reader)
    assert client.put("/v1/snapshots/tags/x", headers={"X-API-Key": reader}).status_code == 403
    told = newest(built, who="audit-reader")
    assert (told.operation, told.role, told.refused) == ("tag_snapshot", "reader", True)


def test_a_wrong_key_at_the_sign_in_page_is_told_and_none_is_kept(client: TestClient, built: Settings) -> None:
    assert client.post("/sign-in", data={"key": "gn_guessed"}).status_code == 401
    assert newest(built).operation == "/sign-in"
    assert newest(built).refused
    assert b"gn_guessed" not in (built.data / "audit.sqlite").read_bytes()


def test_a_profile_leaves_nothing_personal(client: TestClient, built: Settings) -> None:
    token = client.post("/v1/profile", json={"consent": True}).json()["token"]
    interest = "/v1/profile/interests?iri=https%3A%2F%2Fexample.org%2Fsecret-interest"
    assert client.put(interest, headers={"X-Profile": token}).status_code == 204
    told = newest(built)
    assert (told.operation, told.who, told.address, told.targets) == ("add_interest", "a reader", "", ())
    assert client.delete("/v1/profile", headers={"X-Profile": token}).status_code == 204
    stored = (built.data / "audit.sqlite").read_bytes()
    assert b"secret-interest" not in stored
    assert token.encode() not in stored


def test_every_route_that_changes_something_is_known_to(client: TestClient) -> None:
    """What is marked as a question is one; no other POST, PUT, PATCH or DELETE is passed over."""
    asking = set()
    for route in [*client.app.routes, *(one for module in _MODULES for one in module.router.routes)]:
        for method in getattr(route, "methods", None) or ():
            if method in ("POST", "PUT", "PATCH", "DELETE") and not changes_something(
                {"type": "http", "method": method, "endpoint": route.endpoint}
            ):
                asking.add(route.operation_id if isinstance(route, APIRoute) and route.operation_id else route.path)
    of_pages = {"/vocabularies/{scheme}/edit", "/sparql", "/mcp"}
    assert asking == {"compare_vocabulary", "preview_edits", "resolve", *of_pages}


def test_admins_page_through_it(client: TestClient, built: Settings, key: str) -> None:
    for _ in range(5):
        client.delete("/workspaces/nobody-has-this", headers={"X-API-Key": key})
    sent = {"X-API-Key": key}
    whole = client.get("/v1/audit?limit=1000", headers=sent).json()["entries"]
    walked: list[dict[str, Any]] = []
    following = "/v1/audit?limit=2"
    while following:
        page = client.get(following, headers=sent)
        walked += page.json()["entries"]
        following = page.links["next"]["url"] if "next" in page.links else ""
        client.delete("/workspaces/meanwhile", headers=sent)  # comes before the first page
    assert [one["number"] for one in walked] == [one["number"] for one in whole]
    ours = client.get("/v1/audit?who=audit-admin&operation=remove_workspace&refused=false", headers=sent).json()
    assert {one["operation"] for one in ours["entries"]} == {"remove_workspace"}
    assert {one["status"] for one in ours["entries"]} == {404}
    late = client.get("/v1/audit", params={"since": "2999-01-01"}, headers=sent).json()
    assert late["entries"] == []
    assert client.get("/v1/audit?since=yesterday", headers=sent).status_code == 400
    assert client.get("/v1/audit?cursor=-1", headers=sent).status_code == 400
    assert client.head("/v1/audit", headers=sent).status_code == 200


def test_admins_see_a_page(built: Settings, key: str) -> None:
    with TestClient(create_app(built), base_url="http://localhost:8000") as browser:
        assert browser.get("/audit").status_code == 401
        browser.post("/sign-in", data={"key": key})
        page = browser.get("/audit?refused=true", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "audit-reader" in page.text or "anonymous" in page.text
        assert 'href="/audit"' in browser.get("/").text
        told = newest(built, operation="/sign-in", refused=False)
        assert told.who == "key:audit-admin"


def test_nothing_is_changed_that_cannot_be_written_down(built: Settings, key: str, tmp_path: Path) -> None:
    with TestClient(create_app(built), base_url="http://localhost:8000") as client:
        client.app.state.services.audit = AuditLog(tmp_path)  # a folder is no database
        refused = client.put("/workspaces/never", headers={"X-API-Key": key})
        assert (refused.status_code, refused.json()["code"]) == (503, "AuditError")
        assert client.get("/workspaces").json()["workspaces"].count("never") == 0


def test_lines_stand(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.sqlite")
    log.done(ME, 200)
    connection = sqlite3.connect(tmp_path / "audit.sqlite")
    for statement in ("UPDATE call SET who = 'x'", "DELETE FROM call", "UPDATE outcome SET status = 1",
                      "DELETE FROM outcome"):  # fmt: skip
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            connection.execute(statement)
    connection.close()
    with pytest.raises(AuditError):
        log.end(1, 500)  # an outcome is said once


def test_the_oldest_go_and_refusals_take_no_changes_place(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.sqlite", entries=100)
    kept = log.done(ME, 200)
    for _ in range(600):
        log.done(ME, 401, "Unauthenticated", refused=True)
    page = log.page(limit=1000)
    assert kept in {one.number for one in page.entries}
    assert 100 <= len(page.entries) - 1 < 100 + 256
    assert page.removed == 601 - len(page.entries)
    assert {one.number for one in page.entries if not one.refused} == {kept}


def test_old_lines_go_by_age(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.sqlite")
    log.done(ME, 200)
    connection = sqlite3.connect(tmp_path / "audit.sqlite")
    connection.execute(
        "INSERT INTO call SELECT 0, '2001-01-01T00:00:00.000+00:00', refused, who, role, door, address, method,"
        " operation, target FROM call"
    )
    connection.commit()
    connection.close()
    later = AuditLog(tmp_path / "audit.sqlite", days=30)
    later.done(ME, 200)
    assert [one.number for one in later.page().entries] == [2, 1]
    assert later.page().removed == 1


@pytest.mark.parametrize(
    ("address", "shown"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("::ffff:192.0.2.77", "192.0.2.0/24"),
     ("fe80::1%eth0", "fe80::/48"), ("testclient", ""), ("", "")],
)  # fmt: skip
def test_addresses_are_cut(address: str, shown: str) -> None:
    assert network_of(address) == shown


def test_hashed_addresses_tell_clients_apart_and_no_more(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.sqlite", addresses="hashed")
    other = msgspec.structs.replace(ME, address="192.0.2.78")
    for call in (ME, ME, other):
        log.done(call, 200)
    third, second, first = (one.address for one in log.page().entries)
    assert first == second != third
    assert b"192.0.2" not in (tmp_path / "audit.sqlite").read_bytes()
    elsewhere = AuditLog(tmp_path / "other.sqlite", addresses="hashed")
    elsewhere.done(ME, 200)
    assert elsewhere.page().entries[0].address != first


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path / "audit.sqlite") for _ in range(4)]

    def write(log: AuditLog) -> None:
        for _ in range(25):
            log.end(log.begin(ME), 200)

    threads = [threading.Thread(target=write, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = logs[0].page(limit=1000).entries
    assert [one.number for one in entries] == list(range(100, 0, -1))
    assert all(one.status == 200 for one in entries)


def test_what_is_no_time_is_refused(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.sqlite")
    for since in ("yesterday", "0001-01-01T00:00:00+23:00"):
        with pytest.raises(QueryParameterError):
            log.page(Wanted(since=since))


def _commands(command: Any, path: str = "") -> Iterator[str]:
    if not hasattr(command, "commands"):
        yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{path} {name}".strip())


def test_every_command_is_one_that_changes_something_or_not() -> None:
    commands = set(_commands(typer.main.get_command(app)))
    assert commands >= READING
    assert commands - READING == CHANGING_COMMANDS


def test_commands_are_told_of_and_secrets_are_not(built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    run, data = CliRunner(), ["--data", str(built.data)]
    made = run.invoke(app, ["key", "add", "told", "--role", "reader", *data])
    assert made.exit_code == 0, made.output
    told = newest(built, operation="key add")
    assert (told.targets, told.status, told.door, told.role) == (("told",), 0, "cli", "owner")
    assert told.who.startswith("user:")
    again = run.invoke(app, ["key", "add", "told", *data])
    assert again.exception is not None
    assert (newest(built).status, newest(built).code) == (2, "SettingsError")
    run.invoke(app, ["source", "add", "x", "oai", "https://ada:pass@127.0.0.1:1/oai", "--schedule", "bad", *data])
    assert newest(built).targets == ("x oai https://127.0.0.1:1/oai",)
    number = newest(built).number
    run.invoke(app, ["key", "list", *data])
    monkeypatch.setenv(AUDITED, "1")
    run.invoke(app, ["key", "revoke", "told", *data])
    assert newest(built).number == number
    monkeypatch.delenv(AUDITED)
    listed = run.invoke(app, ["audit", "--operation", "key add", "--json", *data])
    page = msgspec.json.decode(listed.output, type=AuditPage)
    assert [one.status for one in page.entries][:2] == [2, 0]
    shown = run.invoke(app, ["audit", "--limit", "1", *data]).output
    assert f"--cursor {number}" in shown


def test_it_is_in_the_backup(built: Settings, tmp_path: Path) -> None:
    audit_log(built).done(ME, 200)
    backup(built, tmp_path / "backup")
    kept = AuditLog(tmp_path / "backup" / "audit.sqlite").page(limit=1).entries[0]
    assert kept == newest(built)


def test_what_a_killed_process_was_about_to_do_is_there(built: Settings) -> None:
    """The write waits for a lock that this test holds; the process is killed while it does."""
    holding = sqlite3.connect(built.data / "keys.sqlite", isolation_level=None)
    holding.execute("BEGIN EXCLUSIVE")
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "key", "add", "killed", "--data", str(built.data)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wanted = Wanted(operation="key add")
    while process.poll() is None and not any(
        one.targets == ("killed",) for one in audit_log(built).page(wanted, limit=1).entries
    ):
        time.sleep(0.02)
    process.kill()
    process.wait()
    holding.execute("ROLLBACK")
    holding.close()
    told = newest(built)
    assert (told.operation, told.targets, told.status, told.ended) == ("key add", ("killed",), None, "")
    assert "killed" not in {key.name for key in Keys(built.data / "keys.sqlite").all()}


def test_processes_of_the_server_are_not_told_of_twice(built: Settings) -> None:
    before = audit_log(built).done(ME, 200)
    done = subprocess.run(
        [sys.executable, "-m", "api.cli.main", "key", "revoke", "nobody"], env={**os.environ, **environment(built)},
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert newest(built).number == before
