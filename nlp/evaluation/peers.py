"""The tools that people use today, each in an environment of its own under `Setting.scratch`.

An environment is made by pip when it is first needed and kept; the peer's code runs in a process of its
own that takes JSON on standard input and answers in JSON with the processor time it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from nlp.evaluation.base import Setting
from ontology.errors import SettingsError

_YAKE: Final = """
import json, sys, time, yake
given = json.load(sys.stdin)
extractor = yake.KeywordExtractor(lan=given["language"], n=3, top=given["most"])
started = time.process_time()
answers = [[phrase for phrase, _ in extractor.extract_keywords(text)] for text in given["texts"]]
json.dump({"answers": answers, "seconds": time.process_time() - started}, sys.stdout)
"""


def yake(setting: Setting, texts: Sequence[str], language: str, most: int) -> tuple[list[list[str]], float]:
    """YAKE (Campos et al., 2020): phrases of each text and the processor time."""
    python = environment(setting, "yake", ["yake==0.7.3"])
    answer = _run(python, _YAKE, {"texts": list(texts), "language": language, "most": most})
    return answer["answers"], answer["seconds"]


def annif(
    setting: Setting,
    labels: Sequence[str],
    learned: Sequence[tuple[str, Sequence[int]]],
    texts: Sequence[str],
    most: int,
) -> dict[str, tuple[list[list[int]], float]]:  # fmt: skip
    """Annif 1.4.3, English: by backend the numbers of terms for each text, and the processor time. Learns for a minute
    or two."""
    python = environment(setting, "annif", ["annif[omikuji,stwfsa]==1.4.3"])
    script = files("nlp.evaluation").joinpath("annif_peer.py").read_text("utf-8")
    with TemporaryDirectory() as scratch:
        place = Path(scratch) / "answer.json"
        given = {
            "home": str(Path(scratch) / "home"), "answer": str(place), "labels": list(labels), "texts": list(texts),
            "most": most, "learned": [(text, list(subjects)) for text, subjects in learned],
        }  # fmt: skip
        _run(python, script, given, answer=place)
        found = json.loads(place.read_text())
    return {name: (one["answers"], one["seconds"]) for name, one in found.items()}


def environment(setting: Setting, name: str, packages: Sequence[str]) -> Path:
    """The Python of the peer's environment, made where it is missing. SettingsError where pip cannot."""
    home = setting.scratch / name
    python = home / "bin" / "python"
    if not (home / ".ready").exists():
        setting.progress(f"installing {', '.join(packages)} into {home}")
        for command in (
            [sys.executable, "-m", "venv", str(home)],
            [str(python), "-m", "pip", "install", "-q", *packages],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode:
                raise SettingsError(
                    f"the peer {name} cannot be installed: {done.stderr.strip()[-300:]}", hint="leave out --peers"
                )
        (home / ".ready").touch()
    return python


def _run(python: Path, script: str, given: object, answer: Path | None = None) -> Any:
    """What the script prints; nothing where it writes to the file `answer`."""
    done = subprocess.run(  # noqa: S603
        [str(python), "-c", script], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SettingsError(f"a peer failed: {done.stderr.strip()[-300:]}", place=str(python))
    return None if answer else json.loads(done.stdout)
