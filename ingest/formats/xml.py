"""Reading hostile XML: the one door through which XML payloads come in.

What is closed: DTDs are never loaded, the network is never used, no entity but XML's five is
expanded by the parser. Because journals write `&nbsp;` and `&alpha;` on the strength of DTDs that
are not read here, entities that bear an HTML 5 name become their character afterwards; any other
entity left in the text makes the payload malformed, so neither files nor expansions get in.

Limits: `MAX_BYTES` for a whole payload, `MAX_STREAM_BYTES` for one read record by record; libxml2
(with `huge_tree` off) refuses more than `MAX_DEPTH` levels, text or attributes beyond
`MAX_TEXT_BYTES` in one node, and entities that grow (XML 1.0 §4; libxml2 2.14 `xmlCtxtSetMaxAmplification`).

Namespaces are taken off every element (not off attributes): readers write `find("front/article-meta")`
whatever the dialect declares. Comments and processing instructions are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.entities import html5
from typing import Any

from lxml import etree

from ingest.formats.text import require_content
from ontology.documents import clean
from ontology.errors import EncodingError, MalformedPayload

MAX_BYTES = 64 * 1024 * 1024
MAX_STREAM_BYTES = 1024 * 1024 * 1024
MAX_DEPTH = 256
MAX_TEXT_BYTES = 10_000_000
_CHUNK = 32 * 1024

Element = etree._Element
Children = dict[str, list[Element]]

_SAFE: dict[str, Any] = {
    "resolve_entities": False, "load_dtd": False, "no_network": True, "dtd_validation": False,
    "attribute_defaults": False, "huge_tree": False, "remove_comments": True, "remove_pis": True,
}  # fmt: skip
_ENCODING_CODES = frozenset({
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING, etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
    etree.ErrorTypes.ERR_INVALID_ENCODING, etree.ErrorTypes.I18N_CONV_FAILED,
})  # fmt: skip
_NAMESPACED = etree.XPath("descendant-or-self::*[namespace-uri() != '']")


def parse_xml(body: bytes, *, max_bytes: int = MAX_BYTES) -> Element:
    """The root element of a whole payload.

    Raises EmptyPayload, EncodingError or MalformedPayload, the latter two with line and column.
    """
    require_content(body, max_bytes)
    try:
        root = _tree(body)
    except etree.XMLSyntaxError as error:
        raise _typed(error) from None
    if root.getroottree().docinfo.internalDTD is not None:
        _settle_entities(root)
    _drop_namespaces(root)
    return root


def _tree(body: bytes) -> Element:
    """The document; nobody asks for elements by id, so one that stands twice costs nothing."""
    try:
        return etree.fromstring(body, etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", 0) != etree.ErrorTypes.DTD_ID_REDEFINED:
            raise
        return etree.fromstring(body, etree.XMLParser(**_SAFE, collect_ids=False))


def stream_xml(body: bytes, tag: str, *, max_bytes: int = MAX_STREAM_BYTES) -> Iterator[Element]:
    """Each element with the local name `tag`, in order, freed once the next is asked for.

    For payloads that hold many records. What stands before a fault is yielded, then the fault is
    raised as by `parse_xml`.
    """
    require_content(body, max_bytes)
    try:
        for element in _ended(body, tag):
            _settle_entities(element)
            _drop_namespaces(element)
            yield element
            _free(element)
    except etree.XMLSyntaxError as error:
        raise _typed(error) from None


def _ended(body: bytes, tag: str) -> Iterator[Element]:
    """Elements with the local name `tag` as they end. An id that stands twice is no fault (see `_tree`)."""
    parser = etree.XMLPullParser(events=("end",), tag="{*}" + tag, **_SAFE, collect_ids=False)
    try:
        for at in range(0, len(body), _CHUNK):
            parser.feed(body[at : at + _CHUNK])
            yield from _drained(parser)
        parser.close()
    except etree.XMLSyntaxError:
        yield from _drained(parser)  # what ended before the fault
        raise


def _drained(parser: etree.XMLPullParser) -> Iterator[Element]:
    for _, element in parser.read_events():
        if isinstance(element, etree._Element):
            yield element


def children(element: Element) -> Children:
    """The elements right inside by name, in order: one walk where many names are asked for."""
    found: Children = {}
    for inner in element.iterchildren(etree.Element):
        found.setdefault(str(inner.tag), []).append(inner)
    return found


def first(inside: Children, name: str) -> Element | None:
    """The first of these with the name."""
    named = inside.get(name)
    return named[0] if named else None


def text_of(element: Element | None) -> str:
    """All text inside, NFC, with white space collapsed; empty for None."""
    if element is None:
        return ""
    if len(element) == 0:
        return clean(element.text or "")
    return clean("".join(map(str, element.itertext())))


def attribute(element: Element | None, name: str) -> str:
    """The attribute with this local name in any namespace (`href` finds `xlink:href`), stripped;
    empty where missing."""
    if element is None:
        return ""
    value: str | None = element.get(name)
    if value is None:
        suffix = "}" + name
        value = next((str(v) for k, v in element.attrib.items() if str(k).endswith(suffix)), "")
    return (value or "").strip()


def place_of(element: Element) -> str:
    """Where an element stands, for an error's `place`: "line 12, <pub-date>"."""
    return f"line {element.sourceline or 0}, <{element.tag}>"


def _typed(error: etree.XMLSyntaxError) -> EncodingError | MalformedPayload:
    line, column = error.position
    message = (error.msg or "not well-formed").partition(", line ")[0].strip()
    place = f"line {line}, column {column}"
    if getattr(error, "code", 0) in _ENCODING_CODES:
        return EncodingError(f"XML: {message}", place=place, hint="Declare the encoding the bytes are in.")
    return MalformedPayload(f"XML: {message}", place=place)


def _settle_entities(element: Element) -> None:
    """Turn references to characters by HTML 5 name into text; refuse every other reference."""
    for reference in list(element.iter(etree.Entity)):
        name = str(reference.text).strip("&;")
        if (character := html5.get(name + ";")) is None:
            raise MalformedPayload(
                f"XML: the entity “{name}” is not one that is read",
                place=f"line {reference.sourceline or 0}",
                hint="Entities that a document or its DTD declares are never expanded.",
            )
        _replace_by_text(reference, character)


def _replace_by_text(node: Element, character: str) -> None:
    parent, before = node.getparent(), node.getprevious()
    if parent is None:
        return
    text = character + (node.tail or "")
    if before is not None:
        before.tail = (before.tail or "") + text
    else:
        parent.text = (parent.text or "") + text
    node.tail = None
    parent.remove(node)


def _drop_namespaces(element: Element) -> None:
    found = _NAMESPACED(element)
    for inner in found if isinstance(found, list) else ():
        if isinstance(inner, etree._Element):
            try:
                inner.tag = str(inner.tag).rpartition("}")[2]
            except ValueError:  # libxml2 lets "<a:/>" pass, lxml does not
                raise MalformedPayload(
                    f"XML: {str(inner.tag)[:100]!r} is no name", place=f"line {inner.sourceline or 1}"
                ) from None


def _free(element: Element) -> None:
    """Give back the memory of a record that was read and of the siblings before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
