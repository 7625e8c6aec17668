"""The kinds of sources by name, and sources made from what somebody wrote down about them.

A kind says what its options are as a struct whose fields carry their meaning, bounds and whether
they are secret; `source_of` makes a source from a `SourceDefinition`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from ingest.sources.base import NOTHING, REACHED, Entry, Noted, Past, Source
from ingest.sources.politeness import Politeness
from ontology.errors import SettingsError
from ontology.registry import Registry

_ENVIRONMENT: Final = "env:"
HIDDEN: Final = "***"
"""What is shown in place of a secret."""


NAME: Final = re.compile(r"[\w][\w.:-]{0,79}")
"""What a source may be called."""


class SourceDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A source as it is written down: `address` is where it is (several paths for files), `schedule` a
    cron expression, `added` when it was named (ISO 8601), empty for those of the settings file. A
    secret option may be `env:NAME`: it is then read from the environment."""

    name: str
    kind: str
    address: Annotated[tuple[str, ...], Meta(max_length=1000)] = ()
    options: dict[str, Any] = {}
    schedule: str = ""
    added: str = ""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of source. `make` gets name, addresses and the options as an `options` struct;
    `address` is where it lies if nothing else is said (empty: it has to be said)."""

    says: str
    options: type[Any]
    make: Callable[[str, tuple[str, ...], Any], Source]
    address: str = ""


class KindOption(msgspec.Struct, frozen=True):
    """An option of a kind, for people: `type` in JSON's words."""

    name: str
    type: str
    default: Any
    meaning: str
    secret: bool


KINDS: Final[Registry[Kind]] = Registry(
    "source",
    {
        "files": "ingest.sources.files_kind:KIND",
        "oai": "ingest.sources.oai_kind:KIND",
        "crossref": "ingest.sources.rest.crossref:KIND",
        "datacite": "ingest.sources.rest.datacite:KIND",
        "openalex": "ingest.sources.rest.openalex:KIND",
        "europepmc": "ingest.sources.rest.europepmc:KIND",
        "pubmed": "ingest.sources.rest.pubmed:KIND",
        "arxiv": "ingest.sources.rest.arxiv:KIND",
    },
)


def source_of(definition: SourceDefinition, contact: str = "") -> Source:
    """The source a definition speaks of; `contact` is for kinds that tell servers who asks.

    Raises SettingsError that names the option or the part that is wrong.
    """
    kind = KINDS.get(definition.kind)
    address = definition.address or ((kind.address,) if kind.address else ())
    if not address:
        raise SettingsError(f"a source of the kind {definition.kind} needs an address", place=definition.name)
    given = {name: _revealed(value, definition.name) for name, value in definition.options.items()}
    if "contact" in kind.options.__struct_fields__:
        given.setdefault("contact", contact)
    try:
        options = msgspec.convert(_split(kind, given), kind.options, strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(option.name for option in options_of(kind))
        raise SettingsError(
            f"an option of the source {definition.name!r} does not fit: {error}", place=f"kind {definition.kind}",
            hint=f"options: {known}",
        ) from error  # fmt: skip
    return _Defined(kind.make(definition.name, address, options), _fingerprint(definition))


def one_address(name: str, address: tuple[str, ...]) -> str:
    """The address of a kind that has one; SettingsError for several."""
    if len(address) != 1:
        raise SettingsError("a source of this kind has one address", place=name)
    return address[0]


class _Defined:
    """A source that begins anew when its definition has changed: what was reached was reached by the old one."""

    def __init__(self, source: Source, fingerprint: str) -> None:
        self.name = source.name
        self._source = source
        self._fingerprint = fingerprint

    def harvest(self, past: Past = NOTHING) -> Iterator[Entry]:
        if past.notes.get("definition", self._fingerprint) != self._fingerprint:
            past = Past(full=True)
            yield Noted(REACHED, "")
        yield Noted("definition", self._fingerprint)
        yield from self._source.harvest(past)


def _fingerprint(definition: SourceDefinition) -> str:
    """What decides which payloads the source has: not who asks, how fast or with which key."""
    manners = {*Politeness.__struct_fields__, *_secrets(definition)}
    options = sorted((name, str(value)) for name, value in definition.options.items() if name not in manners)
    said = msgspec.json.encode((definition.kind, definition.address, options))
    return blake2b(said, digest_size=8).hexdigest()


def options_of(kind: Kind) -> list[KindOption]:
    """What can be set about a kind, in order."""
    return options_of_struct(kind.options)


def options_of_struct(options: type[Any]) -> list[KindOption]:
    """The fields of an options struct, in order."""
    hints = get_type_hints(options, include_extras=True)
    found = []
    for field in msgspec.structs.fields(options):
        bare, meta = _taken_apart(hints[field.name])
        default = None if field.default is msgspec.NODEFAULT else field.default
        shown = "list" if get_origin(bare) is tuple else getattr(bare, "__name__", str(bare))
        secret = any((one.extra or {}).get("secret") for one in meta)
        meaning = next((one.description for one in meta if one.description), "")
        found.append(KindOption(field.name, shown, default, meaning, secret))
    return found


def shown(definition: SourceDefinition) -> SourceDefinition:
    """The definition without what is secret: secret options, and names and passwords in addresses."""
    secret = _secrets(definition)
    options = {name: HIDDEN if name in secret else value for name, value in definition.options.items()}
    address = tuple(map(_without_userinfo, definition.address))
    return msgspec.structs.replace(definition, options=options, address=address)


def _secrets(definition: SourceDefinition) -> set[str]:
    return {option.name for option in options_of(KINDS.get(definition.kind)) if option.secret}


def _without_userinfo(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    host, slash, path = rest.partition("/")
    return f"{scheme}://{f'{HIDDEN}@' if '@' in host else ''}{host.rpartition('@')[2]}{slash}{path}"


def _taken_apart(hint: Any) -> tuple[Any, list[Meta]]:
    if get_origin(hint) is not Annotated:
        return hint, []
    bare, *meta = get_args(hint)
    return bare, [one for one in meta if isinstance(one, Meta)]


def _split(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Lists may be written as one text with commas."""
    lists = {option.name for option in options_of(kind) if option.type == "list"}
    return {
        name: [part.strip() for part in value.split(",") if part.strip()]
        if name in lists and isinstance(value, str)
        else value
        for name, value in given.items()
    }


def names_environment(value: Any) -> bool:
    """Whether the value of an option is to be read from the environment."""
    return isinstance(value, str) and value.startswith(_ENVIRONMENT)


def _revealed(value: Any, source: str) -> Any:
    """The value itself, or that of the environment variable it names."""
    if not names_environment(value):
        return value
    name = value.removeprefix(_ENVIRONMENT)
    found = os.environ.get(name)
    if found is None:
        raise SettingsError(f"the environment variable {name} is not set", place=f"source {source}")
    return found
