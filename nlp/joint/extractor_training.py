"""Trains an extractor on annotated texts, and keeps it as a folder that says what it was made of."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import msgspec

from nlp import model as spacy_model
from nlp.joint import pairing, tagging
from nlp.joint.extractor import Extractor, Weighing
from nlp.joint.model import JointModel
from nlp.joint.parses import parsed
from nlp.joint.training import Annotated, Learner, train
from nlp.joint.weighing import things, weighed
from nlp.learned.linear import LinearModel
from nlp.learned.tagger import Tagger
from nlp.relations import NONE, pairs
from ontology.errors import EncoderError, SettingsError

VERSION: Final = "5"
"""Raised whenever the same texts would give another extractor."""
_HELD_OUT: Final = 7
_FEWEST: Final = 50
"""Texts from which on some are held out."""
Progress = Callable[[str], None]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder with an extractor says of itself; `key` is of the texts, the programs' versions and the base."""

    key: str
    version: str
    texts: int
    encoders: int
    weighing: Weighing


def key_of(given: Sequence[Annotated], more: Sequence[Annotated] = (), learners: Sequence[Learner] = ()) -> str:
    """16 hex digits that change with anything that would change the extractor."""
    told = [
        [list(map(list, text.sentences)), sorted(text.marks.items()), sorted(text.relations.items())]
        for text in (*given, *more)
    ]
    plans = [(learner.name, learner.plan) for learner in learners]
    shape = msgspec.json.encode([VERSION, plans, spacy_model.version(), len(given), told])
    return blake2b(shape, digest_size=8).hexdigest()


def trained(
    given: Sequence[Annotated], learners: Sequence[Learner] = (), progress: Progress = lambda _: None,
    more: Sequence[Annotated] = (), aside: Path | None = None,
) -> Extractor:  # fmt: skip
    """An extractor of the types and relations that the texts have, with the encoders that `learners` name.

    Every seventh text is held out to choose how the models are put together; then the tagger and the linear
    classifier, which are quick to train, are trained again on all. `more` are texts that other annotators marked in the
    same scheme: all models learn from them, too. What is ready is kept in the folder `aside`, and taken from there
    by the next call that needs it. SettingsError where nothing is marked.
    """
    if not any(text.marks for text in given):
        raise SettingsError("nothing is marked in the texts to train on", hint="choose another gold standard")
    progress(f"training on {len(given)} texts, {sum(len(text.marks) for text in given)} things")
    enough = len(given) >= _FEWEST
    rest = [text for number, text in enumerate(given) if number % _HELD_OUT or not enough]
    models = [_tuned(learner, rest, more, progress, aside) for learner in learners]
    weighing = (
        weighed(Extractor(*_plain([*rest, *more], aside), models), given[::_HELD_OUT], progress) if enough else None
    )
    return Extractor(*_plain([*given, *more], aside), models, weighing)


def _tuned(
    learner: Learner, given: Sequence[Annotated], more: Sequence[Annotated], progress: Progress, aside: Path | None
) -> JointModel:
    def packed() -> list[bytes]:
        progress(f"tuning {learner.name}")
        return [train(learner.base(), given, learner.plan, progress, more).packed()]

    (content,) = _once(aside, [f"{key_of(given, more, [learner])}.npz"], packed)
    return JointModel.unpacked(content)


def _plain(given: Sequence[Annotated], aside: Path | None) -> tuple[Tagger, LinearModel]:
    key = key_of(given)
    tagger, linear = _once(
        aside, [f"{key}-tagger.npz", f"{key}-linear.npz"], lambda: [part.packed() for part in _linear(given)]
    )
    return Tagger.unpacked(tagger), LinearModel.unpacked(linear)


def _once(aside: Path | None, names: Sequence[str], make: Callable[[], Sequence[bytes]]) -> Sequence[bytes]:
    """What was made before and lies in `aside` under these names; else it is made, and kept there."""
    if aside is None:
        return make()
    files = [aside / name for name in names]
    if not all(file.is_file() for file in files):
        aside.mkdir(parents=True, exist_ok=True)
        for file, content in zip(files, make(), strict=True):
            file.with_suffix(".new").write_bytes(content)
            file.with_suffix(".new").replace(file)
    return [file.read_bytes() for file in files]


def _linear(given: Sequence[Annotated]) -> tuple[Tagger, LinearModel]:
    types = tuple(sorted({kind for text in given for kind in text.marks.values()}))
    grammar = [parsed(text.sentences) for text in given]
    marks = [
        {(f, e): kind for (where, f, e), kind in text.marks.items() if where == number}
        for text in given
        for number in range(len(text.sentences))
    ]
    tagger = tagging.trained([words for text in grammar for words in text], marks, types)
    examples, labels = [], []
    for text, trees in zip(given, grammar, strict=True):
        for number, words in enumerate(trees):
            named = things(text, number)
            for one, other in pairs(named):
                left, right = named[one], named[other]
                examples.append(pairing.rows(words, named, one, other))
                labels.append(text.relations.get((number, *left[:2], *right[:2]), NONE))
    return tagger, pairing.trained(examples, labels)


def save(extractor: Extractor, card: Card, folder: Path) -> None:
    """Write the parts into `folder`, whole or not at all, in the place of what is there. EncoderError where that
    cannot be done."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        (fresh / "tagger.npz").write_bytes(extractor.tagger.packed())
        (fresh / "linear.npz").write_bytes(extractor.linear.packed())
        for number, model in enumerate(extractor.models):
            (fresh / f"encoder{number}.npz").write_bytes(model.packed())
        (fresh / "card.json").write_bytes(msgspec.json.encode(card))
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    except OSError as error:
        raise EncoderError(
            f"the extractor cannot be kept: {error}", place=str(folder), hint="free space or choose another folder"
        ) from error


def load(folder: Path) -> tuple[Extractor, Card]:
    """EncoderError where a file is missing or broken."""
    try:
        card = msgspec.json.decode((folder / "card.json").read_bytes(), type=Card)
        models = [JointModel.unpacked((folder / f"encoder{n}.npz").read_bytes()) for n in range(card.encoders)]
        tagger = Tagger.unpacked((folder / "tagger.npz").read_bytes())
        linear = LinearModel.unpacked((folder / "linear.npz").read_bytes())
        return Extractor(tagger, linear, models, card.weighing), card
    except (OSError, ValueError, KeyError, msgspec.DecodeError) as error:
        raise EncoderError(
            f"the extractor cannot be loaded: {error}", place=str(folder), hint="delete the folder and train again"
        ) from error


def load_if_there(folder: Path) -> tuple[Extractor | None, str]:
    """The extractor in a folder and its key; (None, "") where there is none. EncoderError for a broken one."""
    if not (folder / "card.json").is_file():
        return None, ""
    extractor, card = load(folder)
    return extractor, card.key


def make(
    given: Sequence[Annotated], folder: Path, learners: Sequence[Learner] = (), progress: Progress = lambda _: None,
    more: Sequence[Annotated] = (), aside: Path | None = None,
) -> Card:  # fmt: skip
    """Train an extractor and put it into `folder`, in the place of one that lies there; `aside` as in `trained`."""
    extractor = trained(given, learners, progress, more, aside)
    card = Card(
        key=key_of(given, more, learners), version=VERSION, texts=len(given) + len(more),
        encoders=len(extractor.models), weighing=extractor.weighing,
    )  # fmt: skip
    save(extractor, card, folder)
    return card


def kept(
    given: Iterable[Annotated], folder: Path, learners: Sequence[Learner] = (), progress: Progress = lambda _: None,
    more: Sequence[Annotated] = (),
) -> Extractor:  # fmt: skip
    """The extractor for these texts: from `folder` where it was trained before, else trained now and kept there.

    Its parts are kept below `parts`, for other extractors that have them, too.
    """
    texts = list(given)
    key = key_of(texts, more, learners)
    home = folder / f"extractor-{key}"
    if not (home / "card.json").is_file():
        make(texts, home, learners, progress, more, folder / "parts")
    return load(home)[0]
