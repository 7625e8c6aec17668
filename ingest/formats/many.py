"""Payloads of many records: a broken one is set aside by name, its neighbours go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from ingest.formats.base import Rejected
from ontology.agents import AgentRecord
from ontology.errors import FormatError
from ontology.records import Record

T = TypeVar("T")
R = TypeVar("R", bound=Record | AgentRecord)


def one_by_one(items: Iterable[T], read: Callable[[T, str], R]) -> Iterator[R | Rejected]:
    """Every item read, or rejected with its running number and the place within it.

    `read` takes an item and its number (from 1), which is the key of a record without identifier.
    A key used twice gets a number of its own ("doi:10.1/x#2").
    """
    used: Counter[str] = Counter()
    for number, item in enumerate(items, 1):
        try:
            record = read(item, str(number))
        except FormatError as error:
            place = f"record {number}, {error.place}" if error.place else f"record {number}"
            yield Rejected(key=f"#{number}", error=error.code, message=error.message, place=place)
            continue
        used[record.key] += 1
        if (times := used[record.key]) > 1:
            record = msgspec.structs.replace(record, key=f"{record.key}#{times}")
        yield record
