"""`gnomon mcp`: the Model Context Protocol on standard input and output."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from api.client.client import Client
from api.mcp.messages import Session
from api.mcp.serving import served
from api.mcp.stdio import converse
from api.settings import load_settings


def serve_models(url: str, key: str, **given: object) -> None:
    """Answer until the input ends: from a server's API, or from a data folder's own. What libraries print goes to
    standard error, for the output is the protocol's."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    with ExitStack() as stack:
        if url:
            client = Client(url, key)
        else:
            settings = load_settings(**given)
            client = Client(settings.base_iri, key, socket=stack.enter_context(served(settings)))
        converse(Session(stack.enter_context(client)), source, sink)
