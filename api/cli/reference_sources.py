"""The page on sources: how they are named, run and given up, and what each kind can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from ingest.sources.kinds import KINDS, KindOption, options_of, options_of_struct
from ingest.sources.politeness import Politeness

Table = Callable[[Sequence[str], Iterable[Sequence[object]]], Iterator[str]]

_ABOUT: Final = """\
A source is named once and harvested as often as wanted; each time only what changed is read and written.

```
gnomon source add papers files /srv/papers --schedule "0 2 * * *"
gnomon source add zenodo oai https://zenodo.org/oai2d -o prefix=oai_datacite -o sets=user-cern
gnomon source run papers
gnomon source list
gnomon schedule
```

The same in `gnomon.toml`, for whoever deploys by file (a name is in one of the two places only):

```toml
contact = "library@example.org"

[[source]]
name = "openaire"
kind = "datacite"
schedule = "30 1 * * 0"
[source.options]
client = "cern.zenodo"
```

## What is gone

A named source of files is a mirror: a file that vanishes from the folder, an archive's member, a line, is deleted
from the catalogue, with all that followed from it, and leaves a tombstone. So is what an OAI-PMH server announces as
deleted, and what a full list no longer has (`--full`; servers that keep no deletions are asked every `full_days`).

Not being able to look is no deletion. A root that is missing is an error; what lies in a folder or an archive that
cannot be read stays; a list that breaks off says nothing about what was not in it. And if more than a fifth of a
source (setting `shrink_limit`), or all that is left of it, seems gone at once, nothing is deleted: the run says how
much was withheld, and `--allow-shrink` deletes it. Up to five may go unasked.

`gnomon build PATH` is another matter: it adds files and never deletes any.

## When it runs

A schedule is a cron expression of five fields in the time zone of the setting `timezone`. `gnomon schedule` runs what
is due until it is stopped, `gnomon schedule --once` fits a timer of the system, and with the setting `schedule`
`gnomon serve` does it beside itself. A time that was missed is made up for once. Every run is a process of its own, one
at a time; it can be followed (`GET /v1/sources/NAME/runs/ID/events`), and stopped (`DELETE /v1/sources/NAME/runs/ID`).

## Giving it up

`gnomon source remove NAME --keep-records` leaves what was harvested, `--delete-records` deletes it.

## Secrets

Options marked secret are kept in `sources.json`, which only its owner may read, and never shown. `env:NAME` in their
place reads them from the environment.
"""


def sources_page(table: Table, default: Callable[[dict[str, Any]], str]) -> Iterator[str]:
    """All lines below the page's head; `table` and `default` write as all pages do."""

    def option(one: KindOption) -> tuple[str, ...]:
        return f"`{one.name}`", one.type, default({"default": one.default}), one.meaning + " Secret." * one.secret

    yield _ABOUT
    yield "# Kinds\n\n`gnomon source add NAME KIND [ADDRESS] -o OPTION=VALUE`. Packages add kinds: `gnomon.source`.\n"
    yield "How a server is asked can be set for every kind with an address on the web:\n"
    yield from table(("option", "type", "default", "meaning"), map(option, options_of_struct(Politeness)))
    usual = [(one.name, one.default) for one in options_of_struct(Politeness)]
    for name in KINDS:
        kind = KINDS.get(name)
        yield f"## {name}\n\n{kind.says}{f' Usual address: `{kind.address}`.' if kind.address else ''}\n"
        if own := [one for one in options_of(kind) if (one.name, one.default) not in usual]:
            yield from table(("option", "type", "default", "meaning"), map(option, own))
