"""What the corpus spells otherwise: a correction to offer, never to make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from graph.search.language import STOPWORDS, exact
from graph.search.query.tree import Word
from graph.search.works import Snapshot

MIN_LETTERS: Final = 4
RARE: Final = 1
"""Works that may have a word and it still looks misspelt, if a neighbour is `TIMES` as frequent."""
TIMES: Final = 50
CANDIDATES: Final = 3_000
MAX_WORDS: Final = 12


def corrected(query: str, words: Sequence[Word], snapshot: Snapshot) -> str:
    """The query with the words that the corpus knows only in another spelling put so; empty where it has nothing
    to say."""
    changed = query
    for word in sorted(words[:MAX_WORDS], key=lambda one: -one.at):
        better = _better(word.text, snapshot)
        if better and changed[word.at : word.at + len(word.text)] == word.text:
            changed = changed[: word.at] + better + changed[word.at + len(word.text) :]
    return changed if changed != query else ""


def _better(text: str, snapshot: Snapshot) -> str:
    """The frequent word that differs by a letter or two; empty where the word is fine or nothing is near."""
    folded = exact().analyze(text)
    if len(folded) != 1 or len(folded[0]) < MIN_LETTERS or not folded[0].isalpha() or folded[0] in STOPWORDS:
        return ""
    word = folded[0]
    known = max(snapshot.frequency(field, word) for field in ("exact", "author"))
    if known > RARE:
        return ""
    pool = {
        term: count
        for field in ("exact", "author")
        for begin in {word[:2], word[0] + word[2:3], word[1] + word[0]}
        for term, count in snapshot.terms(field, begin, CANDIDATES)
    }
    cutoff = 2 if len(word) >= 7 else 1
    near = process.extract(word, list(pool), scorer=OSA.distance, score_cutoff=cutoff, limit=20)
    best = max(((-distance, pool[term], term) for term, distance, _ in near if term != word), default=None)
    if best is None or best[1] < max(2, known * TIMES):
        return ""
    return best[2]
