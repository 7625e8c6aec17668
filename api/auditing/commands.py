"""Commands of the command line as they come to the audit log: before they run, and with their exit status.

A command changes something unless it is listed here, so a new one is written down until somebody says otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from getpass import getuser
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import typer
from typer.core import TyperCommand

from ontology.errors import GnomonError

AUDITED: Final = "GNOMON_AUDITED"
"""Set for processes that a server or a scheduler starts: whoever asked for them is written down by it."""
READING: Final = frozenset({
    "explain", "export", "serve", "mcp", "search", "sparql", "status", "annotations", "settings", "evaluate", "quality",
    "audit", "topic", "paths", "network", "experts", "report", "resources", "hypotheses", "trends",
    "key list", "quarantine list", "quarantine show", "identity explain", "identity list",
    "candidates list", "candidates show", "vocabulary list", "vocabulary history", "vocabulary preview",
    "vocabulary check", "vocabulary collections", "vocabulary reason", "vocabulary export",
    "vocabulary compare", "changeset list", "changeset show",
    "changeset preview", "mapping offer", "mapping align", "mapping list", "mapping export", "source list",
    "source show", "index check", "snapshot list",
})  # fmt: skip
"""They change nothing that is kept."""
_LATER: Final = "restore"
"""Brings a log with it: written down in that one, when it is there."""
_STOPPED: Final = 130


class AuditedCommand(TyperCommand):
    """A command that is written down when it runs."""

    def invoke(self, ctx: Any) -> Any:
        """Run it."""
        name = _name(ctx)
        if name in READING or AUDITED in os.environ:
            return super().invoke(ctx)
        with _written(name, ctx):
            return super().invoke(ctx)


def audited(app: typer.Typer) -> None:
    """Have all commands of an application written down, those of its groups too."""
    for command in app.registered_commands:
        command.cls = AuditedCommand
    for group in app.registered_groups:
        if group.typer_instance is not None:
            audited(group.typer_instance)


@contextmanager
def _written(name: str, ctx: Any) -> Iterator[None]:
    from api.auditing.log import Call, audit_log
    from api.settings import load_settings

    log = audit_log(load_settings(data=ctx.params.get("data")))
    call = Call(who=f"user:{_user()}", role="owner", door="cli", operation=name, target=_target(ctx))
    number = 0 if name == _LATER else log.begin(call)
    status, code = 1, ""
    try:
        yield
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        raise
    except typer.Exit as stop:
        status = stop.exit_code
        raise
    except GnomonError as error:
        status, code = 2, error.code
        raise
    except KeyboardInterrupt:
        status = _STOPPED
        raise
    finally:
        with suppress(GnomonError):
            if number:
                log.end(number, status, code)
            else:
                log.done(call, status, code)


def _name(ctx: Any) -> str:
    """`key add`: without the name of the program, however it was started."""
    names: list[str] = []
    while ctx.parent is not None:
        names.insert(0, str(ctx.info_name))
        ctx = ctx.parent
    return " ".join(names)


def _user() -> str:
    try:
        return getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return str(os.getuid())


def _target(ctx: Any) -> str:
    """What the command's arguments name; options are not kept, they may hold secrets."""
    said: list[str] = []
    for parameter in ctx.command.params:
        if parameter.param_type_name == "argument":
            value = ctx.params.get(parameter.name)
            values = value if isinstance(value, list | tuple) else [value]
            said += [str(one) for one in values if one not in (None, "")]
    return " ".join(" ".join(_harmless(one) for one in said).split())


def _harmless(argument: str) -> str:
    """Without the name and password of an address."""
    try:
        parts = urlsplit(argument)
    except ValueError:
        return argument
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else argument
