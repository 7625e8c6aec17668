"""Only the command that is asked for: Typer looks into the function of every command before it runs one, which for all
of ours takes as long as everything else at the start."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from typer.main import get_command_name
from typer.models import CommandInfo, DefaultPlaceholder, TyperInfo


def narrowed(app: typer.Typer, words: Sequence[str]) -> typer.Typer:
    """The application with the one command or group that the first of `words` names, and so on in that group. Where it
    names none, all of this level stay, with groups that are empty: help shows no more of them. Changes `app`."""
    first = words[0] if words else "--help"
    if first.startswith("-") and first != "--help":
        return app
    for group in [one for one in app.registered_groups if not _name(one)]:
        app.registered_groups.remove(group)
        app.registered_commands += _below(group).registered_commands
    commands = [one for one in app.registered_commands if _command_name(one) == first]
    groups = [one for one in app.registered_groups if _name(one) == first]
    if commands or groups:
        app.registered_commands, app.registered_groups = commands, groups
    for group in app.registered_groups:
        below = _below(group)
        if groups:
            narrowed(below, words[1:])
        else:
            below.registered_commands, below.registered_groups = [], []
    return app


def _below(group: TyperInfo) -> typer.Typer:
    return group.typer_instance or typer.Typer()


def _name(group: TyperInfo) -> str:
    """Empty where the commands of a group stand among those above it."""
    return "" if isinstance(group.name, DefaultPlaceholder) else group.name or ""


def _command_name(command: CommandInfo) -> str:
    return command.name or get_command_name(command.callback.__name__ if command.callback else "")
