"""The tools that people use today, each in an environment of its own under `Setting.scratch`.

An environment is made by pip when it is first needed and kept; the peer's code runs in a process of its
own that takes JSON on standard input and answers in JSON with the processor time it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
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


def _run(python: Path, script: str, given: object) -> Any:
    done = subprocess.run(  # noqa: S603
        [str(python), "-c", script], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SettingsError(f"a peer failed: {done.stderr.strip()[-300:]}", place=str(python))
    return json.loads(done.stdout)
