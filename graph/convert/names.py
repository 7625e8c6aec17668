"""IRIs of what has no identifier of its own: named by a hash of what makes it itself.

A re-run of the same software, even with other settings, names the same mention the same: what a
curator said about it stays said. 80 bits: a chance of one in 10^8 of any clash among 10^8 names.
"""

from __future__ import annotations

from hashlib import blake2b

from ontology.namespaces import Base, segment
from ontology.reading import Maker

_SIZE = 10


def digest(*parts: str) -> str:
    """20 hex digits for `parts` in this order."""
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=_SIZE).hexdigest()


def claim_iri(base: Base, subject: str, predicate: str, object_: str) -> str:
    return f"{base.iri}/id/claim/{digest(subject, predicate, object_)}"


def evidence_iri(base: Base, claim: str, sentence: str, maker: Maker) -> str:
    """`claim` and `sentence` are IRIs."""
    return f"{base.iri}/id/evidence/{digest(claim, sentence, maker.name)}"


def topic_iri(base: Base, work: str, concept: str, maker: Maker) -> str:
    return f"{base.iri}/id/topic/{digest(work, concept, maker.name)}"


def mention_iri(base: Base, work: str, text_version: str, begin: int, end: int, concept: str, maker: Maker) -> str:
    """`begin` and `end` are code points of the work's text."""
    return f"{base.iri}/id/mention/{digest(work, text_version, str(begin), str(end), concept, maker.name)}"


def keyphrase_iri(base: Base, work: str, text_version: str, phrase: str, maker: Maker) -> str:
    return f"{base.iri}/id/keyphrase/{digest(work, text_version, phrase, maker.name)}"


def reading_iri(work: str, maker: Maker) -> str:
    """The reading of a work by a maker (a `prov:Activity`)."""
    return f"{work}/reading/{segment(maker.name)}"


def maker_iri(base: Base, maker: Maker) -> str:
    """The maker in exactly this configuration."""
    return f"{base.agent(segment(maker.name), segment(maker.version))}/{segment(maker.configuration)}"


def reference_iri(work: str, key: str) -> str:
    """An entry of the work's reference list."""
    return f"{work}/ref/{segment(key)}"
