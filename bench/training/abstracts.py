"""Tagger and classifier of pairs for titles and abstracts, from abstracts of the ACL Anthology annotated for Gnomon.

The annotations are the project's own and lie in `nlp/data/annotated_abstracts.jsonl`; the texts (CC BY 4.0) lie in the
Anthology's XML beside the gold standards. SciERC itself is not trained on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from nlp.abstracts import BITS, CLASSIFIER, TAGGER, TYPES
from nlp.evaluation.gold.annotated import Sentence, annotated_sentences
from nlp.learned.chain_training import example
from nlp.learned.chain_training import train as train_tagger
from nlp.learned.hashing import Rows, rows_of
from nlp.learned.linear import LinearModel
from nlp.learned.logistic import scores_of, temperature
from nlp.learned.logistic import train as train_classifier
from nlp.learned.tagger import Span, Tagger
from nlp.relations import NONE, features, pairs, things

_EPOCHS: Final = 6
_PAIR_EPOCHS: Final = 8
_PAIR_RATE: Final = 0.15
_HELD_OUT: Final = 7
"""Every so many abstracts are held out to find how sure the classifier may be of its answers."""


def models(gold: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of what is trained here."""
    found = list(annotated_sentences(gold.parent / "acl_anthology"))
    print(f"abstracts: {len(found)}, {sum(len(one.marks) for some in found for one in some)} things")
    yield f"{TAGGER}.npz", tagger(chain.from_iterable(found)).packed()
    yield f"{CLASSIFIER}.npz", classifier(found).packed()


def classifier(abstracts: Sequence[Sequence[Sentence]]) -> LinearModel:
    """Of all pairs of marks of a sentence, with the temperature that fits the abstracts held out."""
    rest = [some for number, some in enumerate(abstracts) if number % _HELD_OUT]
    trial = _trained(*asked(chain.from_iterable(rest)))
    examples, labels = asked(chain.from_iterable(abstracts[::_HELD_OUT]))
    known = [number for number, label in enumerate(labels) if label in trial.classes]
    scores = scores_of(trial, [examples[number] for number in known])
    model = _trained(*asked(chain.from_iterable(abstracts)))
    model.temperature = temperature(scores, np.array([trial.classes.index(labels[number]) for number in known]))
    return model


def _trained(examples: Sequence[Rows], labels: Sequence[str]) -> LinearModel:
    return train_classifier(examples, labels, bits=BITS, balance=0.0, epochs=_PAIR_EPOCHS, rate=_PAIR_RATE)


def tagger(sentences: Iterable[Sentence]) -> Tagger:
    """Of marks that lie one inside the other the longer is learnt."""
    spans = (example(s.text, [Span(*mark, 1.0) for mark in s.marks], TYPES, BITS) for s in sentences)
    return train_tagger([one for one in spans if one], TYPES, bits=BITS, epochs=_EPOCHS)


def asked(sentences: Iterable[Sentence]) -> tuple[list[Rows], list[str]]:
    """The pairs of things in a sentence, and the class of each."""
    examples: list[Rows] = []
    labels: list[str] = []
    for sentence in sentences:
        words, named = things(sentence.text, sentence.marks)
        classes = dict(_classes(sentence.relations))
        for one, other in pairs(named):
            examples.append(rows_of(features(words, named, one, other), BITS))
            labels.append(classes.get((one, other), NONE))
    return examples, labels


def _classes(relations: Sequence[tuple[int, str, int]]) -> Iterator[tuple[tuple[int, int], str]]:
    for subject, name, object_ in relations:
        yield (min(subject, object_), max(subject, object_)), f"{name}{'>' if subject < object_ else '<'}"
