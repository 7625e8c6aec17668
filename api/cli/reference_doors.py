"""The pages on the Python client and on the Model Context Protocol, made from the code."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Final

from api.client.client import Client
from api.mcp.messages import MAX_MESSAGE, VERSIONS
from api.mcp.tools import ROWS, TOOLS

_CLIENT: Final = """`api.client` comes with Gnomon and needs no data folder. Answers are the records that the server
made (`msgspec` structs), so editors complete them and type checkers know them. What has not changed is not sent
again (ETags), 429 and 503 are waited for as the server asks, and problems come back as the errors that the server
raised ([errors.md](errors.md)). [client-tour.md](client-tour.md) shows it at work.

```python
from api.client import Client

with Client("http://localhost:8000") as gnomon:
    for work in gnomon.works("retrieval", filter="publication_year:2015-2020"):
        print(work.year, work.title)
```
"""
_MODELS: Final = """`gnomon mcp` answers on standard input and output, from a data folder or, with `--url`, from a
server; nothing can be changed through it. A host such as an editor or a chat program starts it:

```json
{"mcpServers": {"gnomon": {"command": "gnomon", "args": ["mcp", "--data", "/path/to/.gnomon"]}}}
```

`gnomon serve` speaks it at `/mcp`, too: streamable HTTP without streams and sessions, a POST is one message and its
answer JSON. `X-API-Key` or a Bearer token says who asks; a message counts against the allowance, and so does what a
tool asks for. A page in a browser may speak to it if its `Origin` is `base_iri`, this machine, or one of `mcp_origins`;
all others are refused (403), so that no site whose name is made to lead here (DNS rebinding) reaches a server behind a
firewall. Programs that send no `Origin` are not concerned.
"""


def client_page() -> Iterator[str]:
    """Methods with their signatures and what they say."""
    yield _CLIENT
    yield "| method | what it gives |"
    yield "| --- | --- |"
    for name, method in vars(Client).items():
        if not name.startswith("_") and inspect.isfunction(method) and method.__doc__:
            yield f"| `{name}({_signature(method)})` | {_said(method)} |"
    yield ""


def models_page() -> Iterator[str]:
    """Tools with their arguments, and the limits."""
    yield _MODELS
    yield (
        f"Versions {', '.join(VERSIONS)} of the protocol. A message may have {MAX_MESSAGE >> 10} KB; a table "
        f"{ROWS} rows, of which the reply says how many there are. Each reply has `answer`, `evidence` (what it rests "
        "on), `completeness` and `rerun`, the address that gives it again. Roles, allowances, guard and budgets "
        "of SPARQL are those of the API, which is what is asked.\n"
    )
    for tool in TOOLS.values():
        yield f"## {tool.name}\n\n{tool.says}\n"
        schema = tool.described()["inputSchema"]
        yield "| argument | type | default | |"
        yield "| --- | --- | --- | --- |"
        for name, one in schema["properties"].items():
            told = "" if name in schema.get("required", ()) else f"`{one.get('default')!r}`"
            yield f"| `{name}` | {_type(one)} | {told} | {one.get('description', '')} |"
        yield ""


def _signature(method: Any) -> str:
    found = inspect.signature(method)
    return ", ".join(
        str(one.replace(annotation=inspect.Parameter.empty)) for name, one in found.parameters.items() if name != "self"
    )


def _said(method: Any) -> str:
    return " ".join((inspect.getdoc(method) or "").split()).replace("|", "\\|")


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " ".join(f"`{value}`" for value in schema["enum"])
    bounds = (("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"))
    limits = [f"{word} {schema[name]}" for name, word in bounds if name in schema]
    return ", ".join([schema.get("type", ""), *limits])
