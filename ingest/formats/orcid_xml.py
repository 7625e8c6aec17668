"""ORCID XML: records of the public data file and of the API (2.0 to 3.0).

The XML and the JSON of ORCID have one model; the XML is read into that of the JSON (`orcid_model`), field by
field of its types: what is a list there is a repeated element here, a value the text of one, and flags and
paths are attributes.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.orcid import told
from ingest.formats.orcid_model import Activities, Answer, Group, Person, Position, Positions, Value, Work, Works
from ingest.formats.xml import Element, attribute, parse_xml, text_of
from ontology.agents import AnyRecord
from ontology.errors import MalformedPayload
from ontology.records import Payload

_ROOT: Final = re.compile(
    rb"<(?:[\w-]+:)?(?:record|person|works?|bulk|activities-summary|error)\b[^>]*http://www\.orcid\.org/ns/"
)
S = TypeVar("S", bound=msgspec.Struct)


class OrcidXmlFormat(msgspec.Struct, frozen=True):
    """One agent record for the person, one record for each work."""

    name: str = "orcid_xml"

    def recognises(self, head: bytes, media: str) -> bool:
        """A root element of ORCID's namespaces."""
        return media == self.name or _ROOT.search(head.replace(b"\0", b"")) is not None

    def parse(self, payload: Payload) -> Iterator[AnyRecord | Rejected]:
        """Raises FormatError for what is not XML and for an answer that describes nothing."""
        root = parse_xml(payload.body)
        match root.tag:
            case "record":
                answer = _read(root, Answer)
                yield from told(answer, answer.person, None, self.name)
            case "person":
                person = _read(root, Person)
                yield from told(Answer(person=person, path=person.path), person, None, self.name)
            case "work":
                work = _read(root, Work)
                yield from told(Answer(path=work.path), None, work, self.name)
            case "activities-summary" | "works":
                held = Activities(works=_read(root, Works)) if root.tag == "works" else _read(root, Activities)
                yield from told(Answer(path=attribute(root, "path"), activities_summary=held), None, None, self.name)
            case "bulk":
                found = [_read(each, Work) for each in root.findall("work")]
                owner = next((one.path for one in found if one.path), None) or attribute(root, "path")
                groups = [Group(work_summary=[one]) for one in found]
                yield from told(Answer(path=owner, group=groups), None, None, self.name)
            case "error":
                said = text_of(root.find("user-message")) or text_of(root.find("response-code"))
                raise MalformedPayload(f"ORCID answered with an error: {said[:200]}", place="<error>")
            case _:
                raise MalformedPayload("this ORCID XML describes neither a person nor a work", place=f"<{root.tag}>")


FORMAT: Final = OrcidXmlFormat()


def _read(element: Element, shape: type[S]) -> S:
    return msgspec.convert(_struct(element, shape), shape, strict=False)


def _struct(element: Element, shape: type[msgspec.Struct]) -> dict[str, Any]:
    """An element as the object that the JSON would have in its place."""
    if shape is Value:
        return {"value": text_of(element)}
    if shape is Positions:
        every = (each for each in element.iter() if str(each.tag).endswith("-summary"))
        return {"employment-summary": [_struct(each, Position) for each in every]}
    hints = get_type_hints(shape)
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        value = _field(element, field.encode_name, _settled(hints[field.name]))
        if value is not None:
            found[field.encode_name] = value
    return found


def _field(element: Element, name: str, kind: Any) -> Any:
    children = element.findall(name)
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        inner = _settled(inner)
        return [_struct(each, inner) for each in children] if _is_struct(inner) else None
    if _is_struct(kind):
        return _struct(children[0], kind) if children else None
    if get_origin(kind) is dict:
        return {"value": text_of(children[0]), "language-code": children[0].get("language-code")} if children else None
    if kind is msgspec.Raw:
        return None
    return (text_of(children[0]) if children else attribute(element, name)) or None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _settled(kind: Any) -> Any:
    """A type without None; of several the first."""
    if isinstance(kind, types.UnionType):
        return next(each for each in get_args(kind) if each is not type(None))
    return kind
