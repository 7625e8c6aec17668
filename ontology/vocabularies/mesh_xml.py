"""Medical Subject Headings in NLM's own XML: descriptors, qualifiers and supplementary records.

See NLM, "XML MeSH Data Elements". Terms of the record's preferred concept are its synonyms; terms
of its other concepts name something close by, and MeSH itself uses them as entry terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from lxml import etree
from msgspec.structs import replace

from ontology.scheme import Scheme
from ontology.vocabularies.assemble import assemble
from ontology.vocabularies.base import VocabularyFile
from ontology.vocabularies.mesh import MESH, Row, mesh_concepts

_KINDS: Final = ("Descriptor", "Qualifier", "Supplemental")
_HEAD: Final = re.compile(rb"<(?:Descriptor|Qualifier|Supplemental)RecordSet\b")


class MeshXmlReader:
    """Reads `desc*.xml`, `qual*.xml` and `supp*.xml`."""

    def recognises(self, head: bytes) -> bool:
        return _HEAD.search(head) is not None

    def read(self, file: VocabularyFile) -> Scheme:
        rows: list[Row] = []
        notes: dict[str, str] = {}
        related: dict[str, tuple[str, ...]] = {}
        try:
            for record in _records(file):
                row = _row(record)
                rows.append(row)
                iri = f"{MESH}/{row[0]}"
                notes[iri] = _text(record, ".//Concept[@PreferredConceptYN='Y']/ScopeNote")
                related[iri] = tuple(
                    f"{MESH}/{uid}" for uid in _texts(record, "SeeRelatedList//DescriptorReferredTo/DescriptorUI")
                )
        except etree.XMLSyntaxError as error:
            raise file.error(f"the XML is broken: {error.msg}", line=error.lineno or 0) from error
        concepts = (
            replace(one, definition=notes[one.iri], related=related[one.iri]) for one in mesh_concepts(rows)
        )  # fmt: skip
        return assemble(file, concepts, iri=MESH, name=file.named("mesh"), title="Medical Subject Headings")


READER: Final = MeshXmlReader()


def _records(file: VocabularyFile) -> Iterator[etree._Element]:
    """One record at a time, freed when the next is asked for."""
    events = etree.iterparse(
        BytesIO(file.body),
        tag=[f"{kind}Record" for kind in _KINDS],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, record in events:
        yield record
        record.clear()
        while record.getprevious() is not None:
            del record.getparent()[0]


def _row(record: etree._Element) -> Row:
    kind = record.tag.removesuffix("Record")
    label = _text(record, f"{kind}Name/String") or _text(record, f"{kind}RecordName/String")
    terms = _texts(record, ".//TermList/Term/String")
    uid = _text(record, f"{kind}UI") or _text(record, f"{kind}RecordUI")
    return uid, label, [term for term in terms if term != label], _texts(record, "TreeNumberList/TreeNumber")


def _texts(record: etree._Element, path: str) -> list[str]:
    return [text for node in record.iterfind(path) if (text := " ".join((node.text or "").split()))]


def _text(record: etree._Element, path: str) -> str:
    return next(iter(_texts(record, path)), "")
