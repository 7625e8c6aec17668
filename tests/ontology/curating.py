"""A vocabulary of tools that tell the time, and edits of it drawn at random."""

from __future__ import annotations

from pathlib import Path
from random import Random

from ontology.curation import edits as ask
from ontology.curation.book import CurationBook
from ontology.curation.desk import Desk, Use
from ontology.scheme import Concept, Label, Scheme

IRI = "https://example.org/tools/"
_TREE = {
    "instrument": (), "clock": ("instrument",), "sundial": ("clock",), "gnomon": ("sundial",), "shadow": ("sundial",),
    "water-clock": ("clock",), "hourglass": ("clock",), "astrolabe": ("instrument",), "alidade": ("astrolabe",),
}  # fmt: skip


def tools() -> Scheme:
    concepts = [
        Concept(
            iri=IRI + name,
            labels=(Label(name.replace("-", " ")), Label(f"{name} device", "en", "alt")),
            broader=tuple(IRI + up for up in above),
            related=(IRI + "astrolabe",) if name == "sundial" else (),
        )
        for name, above in _TREE.items()
    ]
    return Scheme("https://example.org/tools", "tools", concepts, title="Tools", version="1")


def desk(folder: Path, scheme: Scheme | None = None, uses: dict[str, Use] | None = None) -> Desk:
    held = {"tools": scheme or tools()}
    return Desk(
        CurationBook(folder / "curation.sqlite"), lambda name: held[name], lambda name, opaque: IRI + opaque,
        lambda iri: (uses or {}).get(iri, Use()),
    )  # fmt: skip


def random_edit(scheme: Scheme, random: Random) -> ask.Edit:
    """One that may or may not be possible."""
    one, other = random.sample(sorted(scheme.concepts), 2)
    label = random.choice(scheme.concepts[one].labels)
    word = f"w{random.randrange(10**6)}"
    choices: list[ask.Edit] = [
        ask.Create(concept=IRI + word, label=word, broader=(other,)),
        ask.AddLabel(concept=one, text=word, language=random.choice(["en", "de", "zh-Hant", "x-old"])),
        ask.RemoveLabel(concept=one, text=label.text, language=label.language, kind="alt"),
        ask.ChangeLabel(concept=one, was=label.text, text=word, language=label.language, kind="pref"),
        ask.SetNote(concept=one, text=word, language="fr", kind="scopeNote"),
        ask.Link(concept=one, other=other), ask.Link(concept=one, other=other, relation="related"),
        ask.Unlink(concept=one, other=next(iter(scheme.concepts[one].broader), other)),
        ask.Map(concept=one, other=f"https://example.org/{word}", relation="close"),
        ask.Deprecate(concept=one, replaced_by=other, narrower="lift"), ask.Revive(concept=one),
        ask.Merge(concept=one, into=other), ask.Delete(concept=one),
        ask.Split(concept=one, parts=(ask.Part(label=word, concept=IRI + word, labels=(label.text,)),)),
    ]  # fmt: skip
    return random.choice(choices)
