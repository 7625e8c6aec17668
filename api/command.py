"""Commands that write, started by the server as processes of their own.

A build takes memory, cores and the writer's lock; the server goes on answering beside it, and what
becomes of the one does not touch the other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from api.auditing.commands import AUDITED
from api.settings import Settings
from ontology import errors

T = TypeVar("T")


def run_command(settings: Settings, arguments: Sequence[str], kind: type[T]) -> T:
    """What `gnomon ARGUMENTS --json` prints, under the server's settings. Waits for its end.

    Raises the command's own error, by its code.
    """
    done = subprocess.run(  # noqa: S603 - our own program, arguments that the route has checked
        [sys.executable, "-m", "api.cli.main", *arguments, "--json"],
        env={**os.environ, **environment(settings)}, capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise _error(done.stderr.decode("utf-8", "replace"))
    return msgspec.json.decode(done.stdout, type=kind)


def environment(settings: Settings) -> dict[str, str]:
    """Settings as environment variables: a child process has the same, wherever they came from. Who asked for it is
    in the audit log already."""
    return {
        f"GNOMON_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.model_dump(mode="json").items()
    } | {AUDITED: "1"}


def _error(said: str) -> errors.GnomonError:
    """The error a command ended with: its last line is `gnomon: Code: message`."""
    _, _, last = (said.strip().splitlines() or [""])[-1].partition("gnomon: ")
    code, _, message = last.partition(": ")
    kind = getattr(errors, code, None)
    if isinstance(kind, type) and issubclass(kind, errors.GnomonError):
        return kind(message)
    return errors.GnomonError("the command ended in an error nobody expected", hint="see the server's log")
