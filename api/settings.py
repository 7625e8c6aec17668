"""All settings, from a file, the environment (`GNOMON_*`) and the command line, in rising order.

The file is `gnomon.toml` in the working folder, or the one `GNOMON_CONFIG` names.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Final, Literal, get_origin

import msgspec
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from ontology.errors import SettingsError
from ontology.namespaces import Base

Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"
]  # fmt: skip

_PREFIX: Final = "GNOMON_"


class Settings(BaseModel):
    """Every setting with its default; `gnomon settings` prints them with their values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(Path(".gnomon"), description="Data folder: journal, store, index, models.")
    base_iri: str = Field(
        "http://localhost:8000", pattern=r"^https?://[^\s<>\"]+[^/]$",
        description="Base of all IRIs minted here; choose once, before the first build.",
    )  # fmt: skip
    cores: int = Field(default_factory=lambda: max(1, os.cpu_count() or 1), ge=1, description="Processes that read.")
    executor: str = Field("processes", description="Where works are read: processes, here (this process), or a plug.")
    read: bool = Field(default=True, description="Read texts; off keeps metadata and fragments only.")
    encoder: str = Field(
        "e5-small", description="Text encoder: e5-small (100 languages), minilm (English, fast), none."
    )
    fragment_vectors: int = Field(
        0, ge=0, le=10_000,
        description="Paragraphs, figures and tables of each work, the first so many, that are found by meaning too.",
    )  # fmt: skip
    encoder_url: str = Field("", description="Address of an embeddings service, for encoder = http.")
    reranker: str = Field(
        "none", description="Reads the best results again: none, sentences (the best sentence counts), or a plug."
    )
    changes_kept_mb: int = Field(1024, ge=1, description="Room for the changes of past commits, compressed.")
    dumps_kept: int = Field(2, ge=1, description="Dumps that are kept.")
    license_iri: str = Field(
        "", pattern=r"^(https?://[^\s<>\"]+)?$", description="Licence of the graph, named in dumps and catalogue."
    )
    title: str = Field("Gnomon", description="What the catalogue is called.")
    min_free_mb: int = Field(64, ge=0, description="A build stops before less than this is free on the disk.")
    snapshots_kept: int = Field(2, ge=1, description="Newest checkpoints of the store that are kept.")
    snapshot_days: int = Field(
        0, ge=0, description="Of so many days the last checkpoint is kept, for questions as of then."
    )

    source: list[dict[str, Any]] = Field(
        default_factory=list, description="Named sources: `[[source]]` tables of the settings file.", repr=False
    )  # fmt: skip
    source_folders: tuple[Path, ...] = Field(
        (), description="Folders in which sources of files may lie that are named over HTTP; none by default."
    )
    contact: str = Field(
        "", pattern=r"^[^\s<>()]*$", repr=False,
        description="Mail address that servers we harvest may write to; sent with each request.",
    )  # fmt: skip
    shrink_limit: float = Field(
        0.2, ge=0, le=1, description="Largest share of a source that may vanish in one harvest without being asked."
    )
    schedule: bool = Field(default=False, description="`gnomon serve` also runs what is scheduled, beside itself.")
    timezone: str = Field("UTC", description="Time zone that schedules are meant in, such as Europe/Berlin.")

    smtp_host: str = Field("", description="SMTP server for digests; none: no e-mail is sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the SMTP server.")
    smtp_starttls: bool = Field(default=True, description="Encrypt the connection to the SMTP server.")
    smtp_user: str = Field("", description="Name at the SMTP server.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the SMTP server.")
    mail_from: str = Field("gnomon@localhost", description="Sender of digests.")

    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the server listens on.")
    anonymous_role: Literal["none", "reader", "analyst"] = Field(
        "analyst", description="What callers without a key may do: nothing, read, or read and ask SPARQL."
    )
    requests_per_minute: int = Field(240, ge=1, description="Allowance of one client for the API and the pages.")
    queries_per_minute: int = Field(60, ge=1, description="Allowance of one client for SPARQL.")
    max_body_bytes: int = Field(1 << 20, ge=1024, description="Largest request body.")

    oidc_issuer: str = Field(
        "", pattern=r"^(https://[^\s<>\"]+|http://(localhost|127\.0\.0\.1)(:\d+)?[^\s<>\"]*)?$",
        description="OpenID Connect provider that people sign in with, exactly as it calls itself; none by default.",
    )  # fmt: skip
    oidc_client_id: str = Field("", description="Name under which the provider knows this installation.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Its secret there; none for a public client.")
    oidc_redirect: str = Field(
        "", pattern=r"^(https?://[^\s<>\"]+/sign-in/callback)?$",
        description="Where the provider sends browsers back to (default: `base_iri` with /sign-in/callback).",
    )  # fmt: skip
    oidc_scopes: str = Field("openid profile", pattern=r"\bopenid\b", description="Scopes asked of the provider.")
    oidc_audience: str = Field("", description="What access tokens for the API are meant for, beside `oidc_client_id`.")
    oidc_algorithms: tuple[Algorithm, ...] = Field(
        ("RS256", "PS256", "ES256", "Ed25519"), min_length=1, description="Algorithms of signatures that count."
    )
    oidc_leeway: int = Field(60, ge=0, le=600, description="Seconds that clocks may differ.")
    oidc_session_hours: float = Field(8.0, gt=0, le=720, description="Hours until people have to sign in again.")
    oidc_name_claim: str = Field("sub", min_length=1, description="Claim that tells people apart, for ever.")
    oidc_roles_claim: str = Field("roles", min_length=1, description="Claim with roles, or a path: realm_access.roles.")
    oidc_roles: dict[str, Literal["reader", "analyst", "curator", "admin"]] = Field(
        default_factory=dict, description="Its values and the role each gives; the names of roles are known already."
    )
    oidc_default_role: Literal["none", "reader", "analyst"] = Field(
        "reader", description="Role of those for whom the claim names none; never less than `anonymous_role`."
    )
    oidc_vocabularies_claim: str = Field("", description="Claim with the vocabularies a curator may edit only.")
    oidc_languages_claim: str = Field("", description="Claim with the languages a curator may edit only.")

    audit_days: int = Field(365, ge=0, description="Days that lines of the audit log are kept; 0: for ever.")
    audit_entries: int = Field(
        1_000_000, ge=100, description="Most lines of the audit log, of changes and of refusals each; the oldest go."
    )
    audit_addresses: Literal["truncated", "hashed", "none"] = Field(
        "truncated",
        description="What is kept of a client's address: its network (24 bits, 48 of IPv6), a keyed hash, nothing.",
    )

    mcp_origins: tuple[str, ...] = Field(
        (), description="Origins of other sites whose pages may speak to /mcp, such as https://chat.example.org."
    )

    query_seconds: float = Field(20.0, gt=0, description="Longest a SPARQL query may run.")
    query_memory_mb: int = Field(2048, ge=128, description="Most memory one SPARQL query may take.")
    query_rows: int = Field(1_000_000, ge=1, description="Most rows of one SPARQL answer.")
    query_bytes: int = Field(256 << 20, ge=1024, description="Most bytes of one SPARQL answer.")
    sparql_services: tuple[str, ...] = Field((), description="Endpoints that SERVICE may ask; none by default.")
    sparql_remote: str = Field("", description="Address of another SPARQL server to ask instead of the built graph.")
    query_cpu_per_minute: float = Field(
        60.0, gt=0, description="Seconds of processor time a client's queries may take."
    )
    query_concurrent: int = Field(4, ge=1, description="SPARQL queries of one client at the same time.")
    query_errors_per_minute: int = Field(
        60, ge=1, description="SPARQL queries of one client that may fail in a minute."
    )
    query_workers: int = Field(2, ge=1, description="SPARQL queries that run at the same time.")

    @model_validator(mode="before")
    @classmethod
    def _over_the_rest(cls, given: dict[str, Any]) -> dict[str, Any]:
        """What is given goes before the environment, and that before the file."""
        return {**_in_file(), **_in_environment(cls), **given}

    @property
    def base(self) -> Base:
        return Base(self.base_iri)

    @property
    def journal(self) -> Path:
        return self.data / "journal.sqlite"


def load_settings(**overrides: object) -> Settings:
    """Settings with those given on the command line on top; SettingsError names the bad one."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise SettingsError(
            f"setting {name!r}: {first['msg']}", place=os.environ.get("GNOMON_CONFIG", "gnomon.toml or environment"),
            hint="`gnomon settings` lists all settings",
        ) from error  # fmt: skip


def _in_file() -> dict[str, Any]:
    """What the settings file says, where there is one."""
    file = Path(os.environ.get("GNOMON_CONFIG", "gnomon.toml"))
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"the settings file cannot be read: {error}", place=str(file)) from error


def _in_environment(settings: type[Settings]) -> dict[str, Any]:
    """What the environment says, whatever the case of its names; lists and tables are written in JSON."""
    said = {name.upper(): value for name, value in os.environ.items() if name.upper().startswith(_PREFIX)}
    found: dict[str, Any] = {}
    for name, field in settings.model_fields.items():
        variable = _PREFIX + name.upper()
        if variable in said:
            several = get_origin(field.annotation) in (list, tuple, dict)
            found[name] = _json(variable, said[variable]) if several else said[variable]
    return found


def _json(variable: str, value: str) -> object:
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise SettingsError(f"this is no JSON: {error}", place=variable) from error
