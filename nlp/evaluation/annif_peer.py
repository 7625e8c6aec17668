"""Runs inside Annif's own environment: JSON on standard input, answers as JSON in the file it names.

Annif (Suominen, LIBER Quarterly 2019) with its lexical backend (MLLM), its associative one (Omikuji) and the ensemble
of both, each with its defaults. NLTK's sentence model cannot be had without a download, so an empty one stands in: it
decides where sentences end, which neither backend minds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

BACKENDS = ("mllm", "omikuji", "ensemble")
_PROJECTS = """
[mllm]
name=MLLM
language=en
backend=mllm
analyzer=snowball(english)
vocab=terms
[omikuji]
name=Omikuji
language=en
backend=omikuji
analyzer=snowball(english)
vocab=terms
ngram=2
[ensemble]
name=Ensemble
language=en
backend=ensemble
sources=omikuji,mllm
vocab=terms
"""


def prepare(home: Path, labels: list[str], learned: list[tuple[str, list[int]]]) -> None:
    """Write what Annif reads into its folder."""
    punkt = home / "nltk" / "tokenizers" / "punkt_tab" / "english"
    punkt.mkdir(parents=True, exist_ok=True)
    for name in ("collocations.tab", "sent_starters.txt", "abbrev_types.txt", "ortho_context.tab"):
        (punkt / name).touch()
    os.environ["NLTK_DATA"] = str(home / "nltk")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = "1"
    (home / "projects.cfg").write_text(_PROJECTS)
    terms = ["@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."]
    terms += [f"<urn:t:{n}> a skos:Concept ; skos:prefLabel {json.dumps(one)}@en ." for n, one in enumerate(labels)]
    (home / "terms.ttl").write_text("\n".join(terms), "utf-8")
    rows = (" ".join(text.split()) + "\t" + " ".join(f"<urn:t:{n}>" for n in subjects) for text, subjects in learned)
    (home / "learned.tsv").write_text("\n".join(rows), "utf-8")


def train() -> None:
    from annif.cli import cli  # type: ignore[import-not-found]

    for command in (["load-vocab", "terms", "terms.ttl"], *(["train", name, "learned.tsv"] for name in BACKENDS[:2])):
        cli.main(args=command, standalone_mode=False)


def answers(texts: list[str], most: int) -> dict[str, Any]:
    """Backend → numbers of terms for each text, the best first, and seconds of processor time."""
    import annif  # type: ignore[import-not-found]
    import annif.registry  # type: ignore[import-not-found]
    from annif.corpus import Document  # type: ignore[import-not-found]

    found: dict[str, Any] = {}
    made = annif.create_app()
    with getattr(made, "app", made).app_context():
        for name in BACKENDS:
            project = annif.registry.get_project(name)
            list(project.suggest([Document(text="warm up")]))
            started = time.process_time()
            ranked = []
            for text in texts:
                (batch,) = project.suggest([Document(text=text)])
                hits = sorted(((one.score, one.subject_id) for one in batch), key=lambda hit: (-hit[0], hit[1]))
                ranked.append([int(project.subjects[n].uri.rpartition(":")[2]) for _, n in hits[:most]])
            found[name] = {"answers": ranked, "seconds": time.process_time() - started}
    return found


def main() -> None:
    given = json.load(sys.stdin)
    home = Path(given["home"])
    home.mkdir(parents=True, exist_ok=True)
    prepare(home, given["labels"], given["learned"])
    os.chdir(home)
    train()
    Path(given["answer"]).write_text(json.dumps(answers(given["texts"], given["most"])))


if __name__ == "__main__":
    main()
