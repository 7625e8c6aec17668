"""Queries that analysts keep: versions, owners, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ontology.errors import Forbidden, NotFound, QueryForbidden, QuerySyntaxError
from ontology.namespaces import Base
from sparql.limits import Limits
from sparql.saved import SavedQueries

TEXT = "# title: A\n# description: B.\n# group: text\n# column x: iri; X.\nSELECT ?x WHERE { ?x a <{base}/c> }\n"


@pytest.fixture
def saved(tmp_path: Path) -> SavedQueries:
    return SavedQueries(tmp_path / "queries.sqlite", Base("http://example.org"), Limits().text)


def test_versions_stay_as_they_were_written(saved: SavedQueries) -> None:
    first = saved.save("mine", TEXT, "ada")
    assert saved.save("mine", TEXT, "ada") == first, "the same again is no new version"
    second = saved.save("mine", TEXT.replace("title: A", "title: C"), "ada")
    assert (first.version, second.version) == (1, 2)
    assert saved.find("mine")[0].title == "C"
    assert saved.find("mine", 1)[0].title == "A"
    assert "<http://example.org/c>" in saved.find("mine", 1)[0].text
    assert saved.newest() == [second]


def test_a_name_belongs_to_whoever_took_it(saved: SavedQueries) -> None:
    saved.save("mine", TEXT, "ada")
    with pytest.raises(Forbidden, match="belongs to ada"):
        saved.save("mine", TEXT + "#", "bo")
    with pytest.raises(Forbidden):
        saved.remove("mine", "bo")
    saved.remove("mine", "bo", any_owner=True)
    with pytest.raises(NotFound):
        saved.find("mine")


@pytest.mark.parametrize("name", ["", "Mine", "../x", "a b", "-a", "a" * 65])
def test_names_are_plain(saved: SavedQueries, name: str) -> None:
    with pytest.raises(QuerySyntaxError, match="lower case"):
        saved.save(name, TEXT, "ada")


def test_what_cannot_be_saved(saved: SavedQueries) -> None:
    with pytest.raises(Forbidden, match="comes with Gnomon"):
        saved.save("most-cited", TEXT, "ada")
    with pytest.raises(QueryForbidden, match="only SELECT"):
        saved.save("mine", TEXT.replace("SELECT ?x WHERE", "CONSTRUCT { ?x a ?x } WHERE"), "ada")
    with pytest.raises(QueryForbidden):
        saved.save("mine", TEXT.replace("?x a", "SERVICE <http://a.test/> { ?x a ?y } ?x a"), "ada")
    with pytest.raises(QuerySyntaxError, match="lacks"):
        saved.save("mine", "SELECT ?x WHERE { ?x a ?y }", "ada")
    with pytest.raises(NotFound, match="no version 9"):
        saved.save("mine", TEXT, "ada")
        saved.find("mine", 9)
