"""Is an ontology consistent, and can each of its classes have members? HermiT answers, through owlready2.

The only module that imports owlready2. HermiT needs Java (Debian's `default-jre-headless`); what it
decides is OWL 2 DL (Glimm et al., HermiT: An OWL 2 Reasoner, JAR 2014). 5,000 classes take about
1.5 s, 30,000 half a minute.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from importlib.resources import files
from io import BytesIO

import msgspec
import owlready2
import rdflib

from ontology.errors import SettingsError, VocabularyError

MAX_BYTES = 256 << 20


class Verdict(msgspec.Struct, frozen=True):
    """`unsatisfiable` are IRIs of classes that can have no member; none where nothing is consistent."""

    consistent: bool
    unsatisfiable: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return self.consistent and not self.unsatisfiable


def own_ontology() -> str:
    """The project's ontology, in Turtle."""
    return files("ontology").joinpath("gnomon.ttl").read_text("utf-8")


def check(turtle: str, facts: Iterable[str] = ()) -> Verdict:
    """Judge an ontology in Turtle, with `facts` (N-Triples statements) about individuals if wanted.

    Raises VocabularyError where it is no Turtle or too large, SettingsError without Java.
    """
    if len(turtle) > MAX_BYTES:
        raise VocabularyError(f"the ontology has more than {MAX_BYTES} characters")
    if shutil.which("java") is None:
        raise SettingsError("the reasoner needs Java", hint="install Debian's default-jre-headless")
    world = owlready2.World()
    try:
        world.get_ontology("urn:x-gnomon:checked#").load(fileobj=BytesIO(_triples(turtle, facts)))
        with world.get_ontology("urn:x-gnomon:inferred#"):
            owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)
    except owlready2.OwlReadyInconsistentOntologyError:
        return Verdict(consistent=False)
    except owlready2.OwlReadyJavaError as error:
        raise VocabularyError(f"the reasoner cannot take this ontology: {str(error)[:500]}") from error
    else:
        nothing = owlready2.Nothing
        return Verdict(True, tuple(sorted(c.iri for c in world.inconsistent_classes() if c is not nothing)))
    finally:
        world.close()


def _triples(turtle: str, facts: Iterable[str]) -> bytes:
    graph = rdflib.Graph()
    try:
        graph.parse(data=turtle, format="turtle")
    except (SyntaxError, ValueError) as error:
        raise VocabularyError(f"this is no Turtle: {error}") from error
    return (graph.serialize(format="nt", encoding="utf-8") or b"") + "".join(f"{fact}\n" for fact in facts).encode()
