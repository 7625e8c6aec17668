"""The ranking of Chinese keyphrases, and counts of words in titles, from CSL (Apache-2.0).

Works that figures are to be had on by cross-validation (`gnomon evaluate keyphrases-csl`) are among them; titles of
those works are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nlp.evaluation.gold.keywords import read_csl
from nlp.evaluation.tasks.keyphrases import blocks_of
from nlp.keyphrases.chinese import folded
from nlp.keyphrases.chinese_training import lesson, title_words, trained


def models(gold: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of what is trained here; the counts first, since the ranking uses them."""
    folder = gold.parent / "zh"
    works = list(read_csl(folder / "csl_dev.jsonl"))
    own = {folded(work.title) for work in works}
    table = (folder / "csl_title_category.tsv").read_text("utf-8").splitlines()
    titles = [title for line in table if folded(title := line.split("\t")[1]) not in own]
    print(f"keyphrases: {len(works)} works, {len(titles)} titles")
    lines = [
        "# Counted in titles of CSL by `python -m bench.training keyphrases`: words, number of titles.",
        *(f"{words}\t{count}" for words, count in title_words(titles)),
    ]
    yield "title_words_zh.tsv", ("\n".join(lines) + "\n").encode()
    yield "keyphrases_zh.npz", trained([lesson(blocks_of(work, "zh"), work.keywords) for work in works]).packed()
