"""The rules of the house: sizes, layout, packaging, nothing that must not be committed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("ontology", "ingest", "nlp", "graph", "sparql", "api")
MODULES = sorted(p for name in (*PACKAGES, "bench") for p in (ROOT / name).rglob("*.py"))


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for line in listed.splitlines() if (path := ROOT / line).is_file()]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_and_functions_are_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is too long"


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_takes_our_names(name: str) -> None:
    assert set(packages_distributions().get(name, ())) <= {"gnomon"}


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(p.relative_to(ROOT)) for p in MODULES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert not silent


def test_lock_file_has_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    pins = re.findall(r"^[a-z0-9].*==", lock, re.MULTILINE)
    assert len(pins) > 50
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", lock.strip()))


def test_nothing_postponed_in_the_code() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    found = [str(p.relative_to(ROOT)) for p in MODULES if marks.search(p.read_text("utf-8"))]
    assert not found


def test_no_registry_is_named_in_tracked_files() -> None:
    hosts = re.compile(
        "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(?:org|com)", "deb" + r"\.debian\.org"))
    )
    named = []
    for path in _tracked():
        try:
            if hosts.search(path.read_text("utf-8")):
                named.append(str(path.relative_to(ROOT)))
        except UnicodeDecodeError:
            continue
    assert not named


def test_help_starts_without_the_heavy_packages() -> None:
    """`gnomon --help` answers at once: nothing heavy is imported for it. Nor is spaCy, the half of a second that it
    takes, for commands that read no texts."""
    script = (
        "import sys; sys.argv = ['gnomon', '--help']\n"
        "from api.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'spacy', 'numpy', 'fastapi', 'pyoxigraph', 'rdflib', 'onnxruntime', 'faiss', 'tantivy', 'pydantic'}\n"
        "loaded = heavy & set(sys.modules)\n"
        "import api.cli.asking, api.cli.building\n"
        "loaded |= {'spacy', 'rjieba', 'networkx', 'uvicorn'} & set(sys.modules)\n"
        "print('LOADED', sorted(loaded))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "build" in done.stdout
    assert done.stdout.rstrip().endswith("LOADED []"), done.stdout[-200:]
