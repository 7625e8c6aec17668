"""RDF serialisations to an rdflib graph, without network and without XML entities that grow.

Nothing named in a file is ever fetched: remote JSON-LD contexts and external entities are refused.
XML entities (Protégé writes one for each namespace) are allowed while short and flat, so a
document can grow by a bounded factor only (see "billion laughs", CWE-776).
"""

from __future__ import annotations

import logging
import re
from typing import Final
from xml.sax import SAXException

import msgspec
from rdflib import Graph
from rdflib.exceptions import Error as RdflibError
from rdflib.plugins.parsers.jsonld import to_rdf
from rdflib.plugins.parsers.notation3 import BadSyntax

from ontology.errors import VocabularyError
from ontology.vocabularies.base import VocabularyFile

MAX_RDF_BYTES: Final = 96 * 1024 * 1024
"""Largest RDF file read, in bytes: rdflib needs about fifteen times that in memory."""

MAX_ENTITIES: Final = 200
MAX_ENTITY_LENGTH: Final = 300
"""Most internal entities of an RDF/XML file, and the longest value, in characters."""

logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # it warns, with a traceback, of each malformed date

_COMMENTS: Final = rb"(?:\xef\xbb\xbf)?(?:\s|#[^\n]*\n)*"
_XML: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!DOCTYPE|<!--|<rdf:|<RDF)")
_XML_RDF: Final = re.compile(rb"22-rdf-syntax-ns#|<rdf:RDF|<!DOCTYPE\s+rdf:RDF")
_TURTLE: Final = re.compile(
    _COMMENTS
    + rb"(?:@prefix|@base|PREFIX\s|BASE\s|<[^<>\s]*>\s+(?:a\s|<)|[\w.-]*:[\w.-]*\s+(?:a\s|[\w.-]*:[\w.-]+\s))",
    re.I,
)
_N_TRIPLES: Final = re.compile(_COMMENTS + rb"(?:<[^<>\s]+>|_:[\w.-]+)\s+<[^<>\s]+>\s+[^\n]+\.\s*\n")
_JSON_LD: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*[\[{].*"@(?:context|graph|id|type)"', re.S)
_DECLARATION: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']", re.I)
_ENTITY: Final = re.compile(rb"<!ENTITY\s+([%\w][^\s>]*)\s+(\"[^\"]*\"|'[^']*'|[^>]*)", re.I)


def rdf_format(head: bytes) -> str | None:
    """rdflib's name of the serialisation that `head` begins, or None."""
    if _XML.match(head):
        return "xml" if _XML_RDF.search(head) else None
    if _JSON_LD.match(head):
        return "json-ld"
    if _N_TRIPLES.match(head) and b"@prefix" not in head:
        return "nt"
    return "turtle" if _TURTLE.match(head) else None


def parse_rdf(file: VocabularyFile, kind: str) -> Graph:
    """The file's statements; VocabularyError (with the line where known) for broken or unsafe RDF."""
    if len(file.body) > MAX_RDF_BYTES:
        raise file.error(f"the RDF file has {len(file.body)} bytes, more than {MAX_RDF_BYTES}")
    base = f"{file.base.iri}/"
    graph = Graph()
    try:
        if kind == "json-ld":
            to_rdf(_safe_json_ld(file), graph, base)
        else:
            graph.parse(data=_safe_xml(file) if kind == "xml" else file.body, format=kind, publicID=base)
    except BadSyntax as error:
        raise file.error(f"the {kind} is broken: {error.message}", line=error.lines + 1) from error
    except SAXException as error:
        raise file.error(f"the RDF/XML is broken: {error}") from error
    except RecursionError as error:
        raise file.error(f"the {kind} is nested too deeply") from error
    except (RdflibError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        # rdflib's parsers let slips of their own through on malformed input.
        raise file.error(f"the {kind} is broken: {type(error).__name__}: {error}") from error
    return graph


def _safe_xml(file: VocabularyFile) -> bytes:
    """The file's bytes; what makes XML dangerous is refused before a parser sees it."""
    body = file.body
    declared = _DECLARATION.search(body[:400])
    encoding = declared.group(1).decode("ascii", "replace").lower() if declared else "utf-8"
    if encoding not in {"utf-8", "us-ascii", "ascii", "iso-8859-1"} or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise file.error(f"RDF/XML in {encoding} is not read", hint="save it as UTF-8")
    entities = _ENTITY.findall(body)
    if len(entities) != body.upper().count(b"<!ENTITY") or len(entities) > MAX_ENTITIES:
        raise file.error(f"more than {MAX_ENTITIES} XML entities, or one that cannot be read")
    for entity, value in entities:
        shown = entity.decode("utf-8", "replace")
        if entity.startswith(b"%") or value[:1] not in (b'"', b"'"):
            raise file.error(f"the XML entity {shown!r} is external or a parameter: it is not fetched")
        if len(value) > MAX_ENTITY_LENGTH or b"&" in value or b"%" in value:
            raise file.error(f"the XML entity {shown!r} is too long or refers to another", hint="write it out")
    return body


def _safe_json_ld(file: VocabularyFile) -> object:
    """The decoded JSON; contexts that would have to be fetched are refused."""
    try:
        document: object = msgspec.json.decode(file.body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise file.error(f"the JSON is broken: {error}") from error
    stack = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == "@import" or (key == "@context" and _remote(value)):
                    raise _remote_context(file)
                stack.append(value)
    return document


def _remote(context: object) -> bool:
    return isinstance(context, str) or (isinstance(context, list) and any(isinstance(one, str) for one in context))


def _remote_context(file: VocabularyFile) -> VocabularyError:
    return file.error("the JSON-LD names a context on the network", hint="write the context into the file")
