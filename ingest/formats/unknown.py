"""What a payload is that no reader recognises, as far as its beginning tells: for whoever finds it in quarantine."""

from __future__ import annotations

import re
from typing import Final

from ontology.documents import clean

_MOST: Final = 80
"""Characters that are quoted of a payload."""
_KEYS: Final = 6
_ROOT: Final = re.compile(r"<(?![?!])(?:[\w.-]{1,40}:)?(?P<name>[^\W\d][\w.-]{0,60})(?P<attributes>[^<>]{0,2000})")
_NAMESPACE: Final = re.compile(r"""\bxmlns(?::[\w.-]{1,40})?\s*=\s*["']([^"']{1,200})["']""")
_KEY: Final = re.compile(r'"([^"\\\n]{1,40})"\s*:')
_OAI: Final = "OAI-PMH"
_OAI_ERROR: Final = re.compile(
    r"""<(?:[\w.-]{1,40}:)?error\s[^<>]{0,200}?code\s*=\s*["'](\w{1,40})["'][^<>]{0,200}>([^<]{0,200})"""
)
_OAI_VERB: Final = re.compile(
    r"<(?:[\w.-]{1,40}:)?(Identify|ListSets|ListMetadataFormats|ListIdentifiers|ListRecords|GetRecord)[\s/>]"
)
HARVEST: Final = "Name the repository itself as a source: gnomon source add NAME oai ADDRESS."


def describe(head: str) -> tuple[str, str]:
    """What begins so, as a noun phrase, and what to do about it ("" where nothing is better than another format)."""
    start = head.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return _xml(start)
    if start.startswith(("{", "[")):
        keys = ", ".join(dict.fromkeys(_KEY.findall(start)[: 2 * _KEYS][:_KEYS]))
        return (f"JSON that begins with the keys {keys}" if keys else "JSON without keys"), ""
    said = clean(start[: 2 * _MOST])[:_MOST]
    readable = said and sum(character.isprintable() for character in start[:_MOST]) > 0.8 * len(start[:_MOST])
    return (f"text that begins “{said}”" if readable else "neither text nor an archive"), ""


def _xml(start: str) -> tuple[str, str]:
    root = _ROOT.search(start)
    if root is None:
        return "XML without an element", ""
    if root["name"] == _OAI:
        return _protocol(start), HARVEST
    namespace = _NAMESPACE.search(root["attributes"])
    return f"XML whose root is <{root['name']}>" + (f" of {namespace[1]}" if namespace else ""), ""


def _protocol(start: str) -> str:
    if error := _OAI_ERROR.search(start):
        return f"an OAI-PMH error, {error[1]}: {clean(error[2]) or 'without words'}"
    verb = _OAI_VERB.search(start)
    if verb is None:
        return "an OAI-PMH answer"
    lacks = "whose records are in no format that is read" if "Record" in verb[1] else "which holds no records"
    return f"an OAI-PMH answer to {verb[1]}, {lacks}"
