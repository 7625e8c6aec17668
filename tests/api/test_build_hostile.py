"""Texts that nobody wrote to be read, among works that somebody did: a build reads or refuses them and goes on."""

from __future__ import annotations

import time
from importlib.resources import files
from pathlib import Path

import pytest

from api.build import build
from api.settings import load_settings
from api.watch import Quiet
from api.wiring import Services
from graph.discovery.ask import column
from ingest.journal.database import Database
from ingest.journal.quarantine import Quarantine
from ingest.sources.files import FilesSource

SECONDS = 90
"""CPU seconds for all of them on a busy machine (they take about ten)."""
ARTICLE = (
    '<article article-type="research-article"><front><article-meta><title-group><article-title>{0}</article-title>'
    "</title-group><abstract><p>{2}</p></abstract></article-meta></front><body>{1}</body></article>"
)
PROSE = "We study query expansion in a digital library. " * 50
BODIES = {
    "no space": f"<p>{PROSE}{'a' * 1_000_000}</p>",
    "dots": f"<p>{PROSE}{'.' * 50_000}</p>",
    "right to left": f"<p>{PROSE}{chr(0x202E) + 'שלום ' * 5_000}</p>",
    "combining": f"<p>{PROSE}e{chr(0x301) * 50_000}</p>",
    "emoji": f"<p>{PROSE}{'👩‍👩‍👧‍👦🏳️‍🌈' * 4_000}</p>",
    "scripts": f"<p>{PROSE}{'名前とна̄мe שם ' * 3_000}</p>",
    "accessions": f"<p>{PROSE}{'EU123456, EU123457, ' * 2_000}</p>",
    "sections": "<sec><title>Parsing</title><p>The head.</p></sec>" * 300,
    "cells": "<table-wrap><table>" + ("<tr>" + "<td>1</td>" * 100 + "</tr>") * 10_000 + "</table></table-wrap>",
}
REFUSED = {"nested": "<sec>" * 100_000 + "x" + "</sec>" * 100_000, "NUL": "<p>a\0b</p>"}

_TITLES = "SELECT ?x { ?w dct:title ?x ; a gn:Work }"
_MENTIONING = """SELECT DISTINCT ?x { GRAPH ?g { ?m a gn:Mention ; oa:hasTarget/oa:hasSource ?s }
  GRAPH ?h { ?s dct:isPartOf ?w } ?w dct:title ?x }"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Services:
    folder = tmp_path_factory.mktemp("hostile")
    works = folder / "works"
    works.mkdir()
    for name, body in {**BODIES, **REFUSED}.items():
        text = ARTICLE.format(name, body, "" if name == "emoji" else "We study parts of them.")
        (works / f"{name}.xml").write_text(text, "utf-8")
    good = ARTICLE.format("A good work", f"<p>{PROSE}</p>", "We study parts of them.")
    (works / "zz good.xml").write_text(good, "utf-8")
    settings = load_settings(data=folder / "data", encoder="none", cores=1)
    vocabulary = Path(str(files("ingest.sources") / "corpus" / "vocabulary.ttl"))
    begun = time.process_time()
    build(settings, [FilesSource("files", [works])], [vocabulary], Quiet())
    assert time.process_time() - begun < SECONDS
    return Services(settings)


def test_the_rest_goes_on(built: Services) -> None:
    titles = column(built.store, _TITLES)
    assert sorted(titles) == sorted([*BODIES, "A good work"])


def test_what_cannot_be_read_is_named(built: Services) -> None:
    with Database(built.settings.journal, read_only=True) as journal:
        named = {Path(entry.locator).stem for entry in Quarantine(journal).entries()}
    assert named == set(REFUSED)


def test_what_stands_before_the_oddity_is_found(built: Services) -> None:
    assert set(column(built.store, _MENTIONING)) >= {*BODIES} - {"cells", "sections"}
