"""An invented catalogue with an organisation and its part: OpenAlex works, a ROR dump, a Crossref record."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any, Final

COLLEGE, LOOM, TIDE = "027bh9e22", "05xvt9f17", "00cvxb145"
"""ROR ids: a college, its institute of looms, and a house that has nothing to do with them."""
_HOUSES: Final = {COLLEGE: "Harbour College", LOOM: "Institute of Looms", TIDE: "Tide House"}
_PEOPLE: Final = {
    "Ada Marlow": "0000-0002-1825-0097", "Bo Quill": "0000-0001-5109-3700", "Cy Fenn": "0000-0002-1694-233X",
    "Di Okoro": "0000-0003-1613-5981", "=Evil Formula": "0000-0001-7857-2795",
}  # fmt: skip
_SUBJECTS: Final = ("dense retrieval", "BM25", "query expansion", "machine learning", "bibliometrics")
_FUNDERS: Final = ("Lighthouse Fund", "Council of Tides")
WORKS: Final = 40


def write(folder: Path) -> None:
    """Files of the catalogue, the same each time."""
    folder.mkdir(parents=True)
    (folder / "works.json").write_text(json.dumps({"results": [_work(n) for n in range(WORKS)]}))
    (folder / "ror.json").write_text(
        json.dumps([_house(COLLEGE, child=LOOM), _house(LOOM, parent=COLLEGE), _house(TIDE)])
    )
    (folder / "edited.json").write_text(json.dumps({"status": "ok", "message-type": "work", "message": _edited()}))


def _work(number: int) -> dict[str, Any]:
    chance = Random(number)
    people = chance.sample(sorted(_PEOPLE), chance.randint(1, 4))
    subject = chance.choice(_SUBJECTS)
    year = {} if number % 9 == 4 else {"publication_year": 2010 + number % 7}
    return {
        "id": f"https://openalex.org/W{9000 + number}", "doi": f"https://doi.org/10.5555/loom.{number}",
        "title": f"On {subject}, part {number}", "type": chance.choice(("article", "article", "dataset", "preprint")),
        "language": "en", "authorships": [_authorship(name, chance) for name in people], **year,
        "primary_location": {
            "source": {"id": f"https://openalex.org/S{80 + number % 3}", "display_name": f"Journal {number % 3}",
                       "type": "journal"},
            "license": chance.choice((None, "cc-by")),
        } if number % 5 else None,
        "open_access": {"is_oa": chance.random() < 0.5} if number % 4 else None,
        "is_retracted": number % 13 == 3,
        "referenced_works": [f"https://openalex.org/W{9000 + n}" for n in range(number) if chance.random() < 0.2],
        "grants": [{"funder_display_name": chance.choice(_FUNDERS), "funder": "https://openalex.org/F77"}]
        if number % 3 == 0 else [],
    }  # fmt: skip


def _authorship(name: str, chance: Random) -> dict[str, Any]:
    homes = chance.sample(sorted(_HOUSES), chance.choice((0, 1, 1, 2)))
    return {
        "author": {"id": f"https://openalex.org/A{100 + sorted(_PEOPLE).index(name)}", "display_name": name,
                   "orcid": f"https://orcid.org/{_PEOPLE[name]}"},
        "institutions": [
            {"id": f"https://openalex.org/I{sorted(_HOUSES).index(ror)}5", "display_name": _HOUSES[ror],
             "ror": f"https://ror.org/{ror}", "country_code": "XX"} for ror in homes
        ],
    }  # fmt: skip


def _house(ror: str, parent: str = "", child: str = "") -> dict[str, Any]:
    related = [(parent, "parent")] if parent else [(child, "child")] if child else []
    return {
        "id": f"https://ror.org/{ror}", "status": "active",
        "names": [{"value": _HOUSES[ror], "types": ["label", "ror_display"], "lang": "en"}],
        "locations": [{"geonames_id": 1, "geonames_details": {"country_code": "XX", "name": "Quay"}}],
        "relationships": [
            {"id": f"https://ror.org/{one}", "label": _HOUSES[one], "type": kind} for one, kind in related
        ],
    }  # fmt: skip


def _edited() -> dict[str, Any]:
    """A work with an author whom nobody else knows, edited by one of the people."""
    return {
        "DOI": "10.5555/edited.1", "type": "proceedings-article", "title": ["What the editor saw"],
        "abstract": "<jats:p>We train on the Penn Treebank and the SQuAD dataset. All parsers were implemented in "
        "PyTorch, and we used NLTK for tokenisation.</jats:p>",
        "issued": {"date-parts": [[2015]]}, "author": [{"given": "Una", "family": "Known", "sequence": "first"}],
        "editor": [{"given": "Ada", "family": "Marlow", "ORCID": f"https://orcid.org/{_PEOPLE['Ada Marlow']}"}],
    }  # fmt: skip
