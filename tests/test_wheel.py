"""The wheel: what is in it, and whether it works where there is no source tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("ontology", "ingest", "nlp", "graph", "sparql", "api")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.endswith("/")}
    tops = {name.partition("/")[0] for name in held}
    assert tops - set(PACKAGES) == {top for top in tops if top.endswith(".dist-info")}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in held)
    if not (ROOT / ".git").exists():
        pytest.skip("what belongs into the wheel is told by git")
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = set(listed.stdout.split("\n")) - {""}
    assert tracked - held == set()
    assert not [name for name in held if name.endswith((".pyc", ".sqlite")) or "__pycache__" in name]
    kinds = {Path(name).suffix for name in held}
    assert {".py", ".ttl", ".html", ".css", ".typed"} <= kinds


@pytest.fixture(scope="module")
def gnomon(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from the wheel into an environment that sees the libraries of this one
    but not the source tree."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    subprocess.run(
        ["uv", "pip", "install", "--offline", "--no-deps", "--python", str(folder / "bin" / "python"), str(wheel)],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}, check=True,
    )  # fmt: skip
    # A plain path, not a site folder: the .pth file of the editable installation is not read there.
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "gnomon"


def test_an_installed_gnomon_builds_and_answers(gnomon: Path, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GNOMON", "VIRTUAL"))}
    environment = {**kept, "GNOMON_ENCODER": "none", "GNOMON_CORES": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = run(str(gnomon.parent / "python"), "-c", "import api, nlp; print(api.__file__, nlp.__file__)")
    assert str(ROOT) not in where
    assert "site-packages" in where
    run(str(gnomon), "sample", "built-in")
    found = json.loads(run(str(gnomon), "search", "library", "--json"))
    assert found["total"] > 0
