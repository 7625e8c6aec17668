"""Records of the shared files, each value read in the source by eye: what a field-level spot check has settled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.formats.detect import parse
from ontology.agents import AgentRecord
from ontology.records import Payload, Record

CHECKED: dict[tuple[str, str], dict[str, Any]] = {
    ("bibtex/asreview_ris/proquest.ris", "doi:10.1080/20008198.2019.1586266"): {
        "kind": "article", "title": "Trajectories of posttraumatic stress disorders among children after the Wenchuan "
        "earthquake: a four-year longitudinal study", "language": "en", "issued": "2019", "volume": "10", "issue": "1",
        "pages": "", "venue": ("European Journal of Psychotraumatology", ["2000-8066"]), "publisher": "",
        "people": ["Yiming Liang", "Jin Cheng", "Yueyue Zhou", "Zhengkui Liu"], "subjects": 13, "links": 3,
        "subject": "UCLA PTSD Index for DSM-IV",
        "begins": "BACKGROUND: Previous research has demonstrated heterogeneous",
    },
    ("bibtex/asreview_ris/ovid_psycinfo.ris", "doi:10.1002/cpp.2398"): {
        "kind": "article", "title": "The influence of self-criticism on depression symptoms among ambulatory patients "
        "with inflammatory bowel disease", "language": "", "issued": "2019", "volume": "", "issue": "", "pages": "",
        "venue": ("Clinical Psychology & Psychotherapy", ["1063-3995"]), "publisher": "John Wiley & Sons",
        "people": ["Ines A Trindade", "Chris Irons", "Claudia Ferreira", "Francisco Portela", "Jose Pinto-Gouveia"],
        "subjects": 0, "links": 1, "orcids": ["0000-0003-1208-2077"],
        "begins": "Considering that self-criticism is an important process",
    },
    ("datacite/bolognese_fixtures/schema_org_topmed.json", "doi:10.23725/8na3-9s47"): {
        "kind": "dataset", "title": "NWD165827.recab.cram", "language": "", "issued": "2017-11-30", "volume": "",
        "issue": "", "pages": "", "venue": None, "publisher": "TOPMed", "people": ["TOPMed IRC"], "subjects": 2,
        "subject": "topmed", "links": 1, "begins": "",
        "funders": ["National Heart, Lung, and Blood Institute (NHLBI)"], "cited": ["10.23725/2g4s-qv04"],
    },
    ("datacite/bolognese_fixtures/schema_org_type_as_array.json", "doi:10.5438/4k3m-nyvg"): {
        "kind": "article", "title": "Eating your own Dog Food", "language": "", "issued": "2016-12-20", "volume": "",
        "issue": "", "pages": "", "venue": ("DataCite Blog", []), "publisher": "DataCite", "people": ["Martin Fenner"],
        "orcids": ["0000-0003-1419-2405"], "places": ["DataCite"], "subjects": 4, "subject": "datacite",
        "license": "https://creativecommons.org/licenses/by/4.0/", "cited": ["10.5438/0012", "10.5438/55e5-t5c0"],
        "begins": "Eating your own dog food is a slang term",
    },
}  # fmt: skip


def _told(record: Record) -> dict[str, Any]:
    venue = record.venue
    return {
        "kind": record.kind, "title": record.title, "language": record.language, "issued": record.issued,
        "volume": record.volume, "issue": record.issue, "pages": record.pages, "publisher": record.publisher,
        "license": record.license, "venue": (venue.name, [i.value for i in venue.identifiers]) if venue else None,
        "people": [one.name for one in record.contributors], "subjects": len(record.subjects),
        "subject": record.subjects[0].label if record.subjects else "", "links": len(record.links),
        "orcids": [i.value for one in record.contributors for i in one.identifiers],
        "places": [place.name for one in record.contributors for place in one.affiliations],
        "funders": [one.funder for one in record.funding],
        "cited": [i.value for one in record.references for i in one.identifiers], "begins": record.abstract,
    }  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize(("path", "key"), CHECKED, ids=str)
def test_a_record_says_what_stands_in_its_source(shared: Path, path: str, key: str) -> None:
    body = (shared / path).read_bytes()
    found = parse(Payload(source="shared", locator=path, body=body, media=Path(path).suffix))
    told = next(_told(one) for one in found if isinstance(one, Record) and one.key == key)
    for name, value in CHECKED[path, key].items():
        assert told[name].startswith(value) if name == "begins" else told[name] == value, name


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "key", "kind", "name", "places", "others"),
    [
        ("bf8c16c86a80", "issn:1803-2427", "venue", "Journal of Landscape Ecology", [],
         ["De Gruyter Poland Sp. z o.o."]),
        ("d4cefda563af", "member:98", "organisation", "Hindawi Limited", [("London", "United Kingdom")], []),
        ("bd89742d31c2", "doi:10.13039/100000003", "organisation", "Boeing", [("", "United States")], []),
    ],
)  # fmt: skip
def test_an_agent_of_crossref_says_what_stands_in_its_source(
    shared: Path, file: str, key: str, kind: str, name: str, places: list[tuple[str, str]], others: list[str]
) -> None:
    body = (shared / "crossref" / "responses_habanero" / f"{file}.json").read_bytes()
    found = parse(Payload(source="shared", locator=file, body=body, media=".json"))
    agent = next(one for one in found if isinstance(one, AgentRecord) and one.key == key)
    assert (agent.kind, agent.name) == (kind, name)
    assert [(place.town, place.country) for place in agent.places] == places
    assert [other.name for other in agent.relations] == others
