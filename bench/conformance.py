"""`python -m bench.conformance [--suites FOLDER] [--only WORD]`: the W3C suites, replayed over HTTP.

Builds a small graph, serves it, makes a workspace, and replays there the SPARQL 1.1 protocol, graph
store and service description tests, and the evaluation and syntax tests of SPARQL 1.1 and 1.2.
Every test that fails is printed with what went wrong; known exceptions with their reason.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import msgspec

from api.build import build
from api.settings import load_settings
from api.watch import Quiet
from bench.w3c.description import description_faults
from bench.w3c.manifest import Manifest
from bench.w3c.reasons import reason
from bench.w3c.replay import Replay
from bench.w3c.server import key_for, serving
from ingest.sources.samples import sample

SUITES = Path(__file__).resolve().parents[2] / "shared" / "data" / "w3c_rdf_tests" / "sparql"
WORKSPACE = "w3c"


class Result(msgspec.Struct, frozen=True):
    """`fault` is empty where the test passed."""

    group: str
    name: str
    fault: str


def replayed(suites: Path, replay: Replay, only: str = "") -> Iterator[Result]:
    """All suites, one test after another."""
    for group, file in (("protocol", "protocol/manifest.ttl"), ("graph store", "graph-store-protocol/manifest.ttl")):
        for manifest in Manifest(suites / "sparql11" / file).included():
            for test in manifest.conversations():
                if only in f"{group}/{test.name}":
                    yield Result(group, test.name, replay.conversation(test))
    if only in "service description":
        for name, fault in description_faults(f"{replay.root}/sparql"):
            yield Result("service description", name, fault)
    for version, files in (
        ("1.1", ("manifest-sparql11-query.ttl", "manifest-sparql11-update.ttl", "manifest-sparql11-results.ttl")),
        ("1.2", ("manifest.ttl",)),
    ):
        for file in files:
            for manifest in Manifest(suites / f"sparql{version.replace('.', '')}" / file).included():
                for case in manifest.cases():
                    kind = "syntax" if "Syntax" in case.kind else "evaluation"
                    if only in case.name or not only:
                        yield Result(f"SPARQL {version} {kind}", case.name, replay.case(case))


def summary(results: list[Result]) -> dict[str, tuple[int, int]]:
    """Group → (passed, all)."""
    groups = dict.fromkeys(result.group for result in results)
    return {
        group: (sum(not r.fault for r in results if r.group == group), sum(r.group == group for r in results))
        for group in groups
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suites", type=Path, default=SUITES)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data=Path(folder) / "data", encoder="none", cores=1)
        found = sample("built-in", settings.data)
        build(settings, found.sources, found.vocabularies, Quiet())
        with serving(settings.data) as server:
            key = key_for(settings.data)
            httpx2.put(f"{server}/workspaces/{WORKSPACE}", headers={"X-API-Key": key}, trust_env=False)
            results = []
            for result in replayed(given.suites, Replay(server, WORKSPACE, key), given.only):
                results.append(result)
                if result.fault:
                    known = reason(result.name)
                    print(f"  {result.group}: {result.name}: {known or result.fault}", flush=True)
    for group, (passed, all_) in summary(results).items():
        print(f"{group:24} {passed:4} of {all_:4}  {100 * passed / all_:6.2f} %")


if __name__ == "__main__":
    main()
