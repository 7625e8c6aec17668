"""The commands that ask, as a person and as a program use them."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_group
from typer.testing import CliRunner, Result

from api.cli import showing
from api.cli.main import app
from api.cli.narrowing import narrowed
from api.settings import Settings, load_settings
from ontology.errors import GnomonError, SettingsError

COUNT = "SELECT (COUNT(*) AS ?n) { ?w a gn:Work }"


class Gnomon:
    """The command line over one data folder."""

    def __init__(self, settings: Settings) -> None:
        self.environment = {"GNOMON_DATA": str(settings.data), "GNOMON_ENCODER": "none", "GNOMON_CORES": "1"}

    def run(self, *arguments: str, given: str | bytes = "") -> str:
        """What a command that succeeds prints."""
        done = self.invoke(*arguments, given=given)
        if done.exception is not None:
            raise done.exception
        assert done.exit_code == 0
        return done.stdout

    def invoke(self, *arguments: str, given: str | bytes = "") -> Result:
        return CliRunner().invoke(app, arguments, input=given, env=self.environment)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json"))

    def process(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A real process, where the exit status matters."""
        return subprocess.run(
            [sys.executable, "-m", "api.cli.main", *arguments],
            env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


@pytest.fixture
def gnomon(built: Settings) -> Gnomon:
    return Gnomon(built)


@pytest.fixture
def concept(gnomon: Gnomon) -> str:
    """A concept that works are about."""
    rows = gnomon.run("sparql", "SELECT ?c (COUNT(*) AS ?n) { ?w dct:subject ?c } GROUP BY ?c ORDER BY DESC(?n) ?c",
                      "--format", "csv").splitlines()  # fmt: skip
    return rows[1].split(",")[0]


def test_search_shows_and_gives_the_same_works(gnomon: Gnomon) -> None:
    found = gnomon.json("search", "library", "--limit", "3", "--explain")
    shown = gnomon.run("search", "library", "--limit", "3", "--explain")
    assert found["hits"]
    for number, hit in enumerate(found["hits"], 1):
        assert f"{number:>3}. {hit['document']['title']}" in shown
        assert hit["document"]["iri"] in shown
        assert all(f"{part['name']}: {part['value']:.4f}" in shown for part in hit["parts"])
    assert f"{found['total']:,} work" in shown.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search", "x", "--mode", "psychic"], "gnomon: SettingsError: no search mode is called 'psychic'"),
        (["search", '"open'], "gnomon: SearchSyntaxError: "),
        (["sparql", "SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }"], "gnomon: QueryForbidden: SERVICE"),
        (["status", "--data", "/no/such/folder"], "gnomon: JournalError: "),
    ],
)
def test_an_error_is_one_sentence_and_status_two(gnomon: Gnomon, arguments: list[str], said: str) -> None:
    done = gnomon.process(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_one_query_in_every_form(gnomon: Gnomon, tmp_path: Path) -> None:
    file = tmp_path / "count.rq"
    file.write_text(COUNT, "utf-8")
    expected = gnomon.json("status")["entities"]["work"]
    rows = list(csv.reader(io.StringIO(gnomon.run("sparql", COUNT, "--format", "csv"))))
    assert rows == [["n"], [str(expected)]]
    assert gnomon.run("sparql", f"@{file}", "--format", "csv") == gnomon.run("sparql", COUNT, "--format", "csv")
    assert gnomon.run("sparql", "-", "--format", "csv", given=COUNT).split() == ["n", str(expected)]
    answer = json.loads(gnomon.run("sparql", COUNT, "--format", "json"))
    assert answer["results"]["bindings"][0]["n"]["value"] == str(expected)
    assert gnomon.run("sparql", COUNT).split() == ["n", str(expected), "1", "row"]


def test_answers_that_are_no_rows(gnomon: Gnomon) -> None:
    assert gnomon.run("sparql", "ASK { ?w a gn:Work }") == "yes\n"
    assert gnomon.run("sparql", "ASK { ?w a gn:Nothing }") == "no\n"
    graph = "CONSTRUCT { ?w a gn:Work } { ?w a gn:Work }"
    lines = gnomon.run("sparql", graph, "--format", "nt").splitlines()
    assert len(lines) == gnomon.json("status")["entities"]["work"]
    assert " a gn:Work ." in gnomon.run("sparql", graph, "--format", "ttl")


def test_a_table_writes_names_for_well_known_terms_and_leaves_unbound_cells_empty(gnomon: Gnomon) -> None:
    shown = gnomon.run("sparql", 'SELECT ?p ?none ?t { VALUES (?p ?t) { (dct:title "a [b] c"@en) } }')
    assert shown.splitlines()[1].split() == ["dct:title", "a", "[b]", "c"]


def test_named_queries_are_listed_and_run_by_name(gnomon: Gnomon) -> None:
    listed = [row.split()[0] for row in gnomon.run("sparql", "--list").splitlines()[1:]]
    assert "works-per-year" in listed
    assert gnomon.run("sparql", "works-per-year", "--format", "csv").startswith("year,works")
    assert len(gnomon.run("sparql", "newest-works", "--set", "limit=2", "--format", "csv").splitlines()) == 3
    for wrong in (["no-such-query"], ["newest-works", "--set", "limit"], ["newest-works", "--set", "limit=x"],
                  ["ASK {}", "--set", "limit=1"]):  # fmt: skip
        with pytest.raises(GnomonError):
            gnomon.run("sparql", *wrong)


@pytest.mark.parametrize(
    ("query", "said"), [("@/no/such.rq", "No such file"), ("", "no query"), ("SELECT", "unexpected|expected|end")]
)
def test_what_is_no_query_is_said_to_be_none(gnomon: Gnomon, query: str, said: str) -> None:
    with pytest.raises(GnomonError, match=said):
        gnomon.run("sparql", query)


def test_a_topic_is_lines_for_a_person_and_json_for_a_program(gnomon: Gnomon, concept: str) -> None:
    topic = gnomon.json("topic", concept)
    shown = gnomon.run("topic", concept)
    assert shown.startswith(topic["concept"]["name"])
    assert f"{topic['works']:,} work" in shown
    for work in topic["top_works"]:
        assert work["title"] in shown
    for person in topic["people"][:5]:
        assert f"{person['name']} ({person['count']})" in shown
    assert gnomon.run("topic", topic["concept"]["name"]).splitlines()[0] == shown.splitlines()[0]


def test_paths_name_their_nodes_and_the_words_for_each_step(gnomon: Gnomon, concept: str) -> None:
    person = gnomon.json("topic", concept)["people"][0]
    found = gnomon.json("paths", person["name"], concept)
    shown = gnomon.run("paths", person["name"], concept)
    assert found["paths"]
    for path in found["paths"]:
        assert all(node["name"] in shown for node in path["nodes"])
    assert "creator" in shown
    assert "subject" in shown
    assert "://" not in shown


def test_no_path_is_said(gnomon: Gnomon, concept: str) -> None:
    assert gnomon.run("paths", concept, concept).startswith("No path of at most ")


def test_status_counts_and_hashes(gnomon: Gnomon) -> None:
    status = gnomon.json("status", "--verify")
    shown = gnomon.run("status", "--verify")
    assert f"{status['quads']:,} statements, hash {status['hash']}" in shown
    assert "hash" not in gnomon.json("status")
    for source in status["sources"]:
        assert source["name"] in shown


def test_quarantine_lists_places_and_reasons(gnomon: Gnomon) -> None:
    found = gnomon.json("quarantine", "list")
    shown = gnomon.run("quarantine", "list")
    assert shown.splitlines()[-1] == f"{len(found)} in quarantine"
    for entry in found:
        assert entry["message"] in shown


def test_a_key_is_shown_once_and_can_be_revoked(gnomon: Gnomon) -> None:
    key = gnomon.run("key", "add", "reading-room", "--role", "curator").strip()
    assert key.startswith("gn_")
    listed = gnomon.run("key", "list")
    assert any(line.startswith("reading-room\tcurator\t") for line in listed.splitlines())
    assert key not in listed
    with pytest.raises(GnomonError, match="revoke it first"):
        gnomon.run("key", "add", "reading-room")
    assert gnomon.run("key", "revoke", "reading-room") == "revoked reading-room\n"
    assert "reading-room" not in gnomon.run("key", "list")
    with pytest.raises(GnomonError, match="no key is called"):
        gnomon.run("key", "revoke", "reading-room")
    with pytest.raises(GnomonError, match="no role is called"):
        gnomon.run("key", "add", "other", "--role", "king")


def test_settings_tell_their_values(gnomon: Gnomon) -> None:
    rows = {row.split()[0]: row.split()[1] for row in gnomon.run("settings").splitlines() if row}
    assert rows["data"] == gnomon.environment["GNOMON_DATA"]
    assert rows["encoder"] == "none"
    assert rows.keys() - {"setting"} == Settings.model_fields.keys()


@pytest.mark.parametrize("command", [["search", "x"], ["topic", "x"], ["paths", "x", "y"], ["quarantine", "list"]])
def test_a_folder_without_a_graph_says_what_to_do(gnomon: Gnomon, command: list[str], tmp_path: Path) -> None:
    with pytest.raises(GnomonError) as failed:
        gnomon.run(*command, "--data", str(tmp_path / "none"))
    assert "gnomon build" in failed.value.hint


def test_titles_are_never_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    showing.line(("[/bold] [red]a title[/red]", "bold"))
    showing.table(("t",), [("[/x] [red]",)])
    assert capsys.readouterr().out == "[/bold] [red]a title[/red]\nt\n[/x] [red]\n"


def test_words_for_terms() -> None:
    assert showing.phrase("https://w3id.org/gnomon/ontology#evaluatesOn") == "evaluates on"
    assert showing.short("http://purl.org/dc/terms/title") == "dct:title"
    assert showing.short("http://purl.org/dc/terms/a/b") == "http://purl.org/dc/terms/a/b"


def test_only_the_command_that_is_asked_for_is_made() -> None:
    """Commands that are made for nothing would double the time each takes to start."""
    whole = get_group(app)
    for words in (["build"], ["topic"], ["train", "extractor"], ["vocabulary", "list"]):
        wanted, made = whole, get_group(narrowed(deepcopy(app), [*words, "--help"]))
        for word in words:
            assert list(made.commands) == [word]
            wanted, made = wanted.commands[word], made.commands[word]  # type: ignore[assignment]
        assert [one.name for one in made.params] == [one.name for one in wanted.params]
    for unknown in ([], ["--help"], ["vocabulry"]):
        level = get_group(narrowed(deepcopy(app), unknown))
        assert list(level.commands) == list(whole.commands)
        assert not level.commands["vocabulary"].commands  # type: ignore[attr-defined]


def test_settings_of_file_environment_and_call_in_rising_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "gnomon.toml"
    file.write_text('port = 1\ntitle = "of the file"\nhost = "file"\n')
    monkeypatch.setenv("GNOMON_CONFIG", str(file))
    monkeypatch.setenv("gnomon_port", "2")
    monkeypatch.setenv("GNOMON_HOST", "environment")
    monkeypatch.setenv("GNOMON_OIDC_ROLES", '{"staff": "analyst"}')
    found = load_settings(port=3)
    assert (found.title, found.host, found.port) == ("of the file", "environment", 3)
    assert load_settings().port == 2
    assert found.oidc_roles == {"staff": "analyst"}
    monkeypatch.setenv("GNOMON_OIDC_ROLES", "staff")
    with pytest.raises(SettingsError, match="JSON"):
        load_settings()
    file.write_text("port = ")
    with pytest.raises(SettingsError, match="settings file"):
        load_settings()
    file.write_text("prot = 1")
    monkeypatch.delenv("GNOMON_OIDC_ROLES")
    with pytest.raises(SettingsError, match="prot"):
        load_settings()
