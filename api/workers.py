"""The processes of one build. They start when there is so much to do that they pay, and do all that can be done
beside the one process that writes: reading payloads, finding out what records say, assembling and converting works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Thread
from typing import Final

import msgspec

from api.agents import AgentOutcome, convert_agents
from api.executors import EXECUTORS
from api.worker import Pairs, Workload, agents, compare, group, observe
from ingest.identity.blocks import Blocks, blocks_of
from ingest.identity.linking import Pair, Scored, compared
from ingest.identity.observing import Told, told_of
from ingest.journal.database import Database
from ingest.parsing import Parsed, parse_payload
from ontology.namespaces import Base
from ontology.records import Payload

_PAYS_BYTES: Final = 8 << 20
_PAYS_RECORDS: Final = 4000
_PAYS_WORKS: Final = 2000
"""From so much on processes are worth the second of processor time that each takes to start: bytes of payloads,
records to be identified, works whose texts are not read."""
_PAYS_PAIRS: Final = 500
"""Pairs of records that are worth being sent."""
_PAIRS: Final = 4000
"""Pairs of one job: what their records say is held in memory."""
_encode = msgspec.msgpack.Encoder().encode
_decode_agents = msgspec.msgpack.Decoder(list[AgentOutcome]).decode
_decode_blocks = msgspec.msgpack.Decoder(Blocks).decode
_decode_scored = msgspec.msgpack.Decoder(list[Scored]).decode
_decode_told = msgspec.msgpack.Decoder(Told).decode


class Workers:
    """The executor of a build that the settings name (`name`), started when it pays or texts are to be read."""

    def __init__(self, name: str, load: Workload, database: Database) -> None:
        self._name = name
        self._load = load
        self._db = database
        self._open = ExitStack()
        self._executor: Executor | None = None
        self._ending: Thread | None = None
        self._bytes = self._records = 0

    def parse(self, payload: Payload) -> Callable[[], Parsed]:
        """Have a payload read; see `ingest.parsing.Parsing`."""
        self._bytes += len(payload.body)
        if self._beside(self._bytes >= _PAYS_BYTES):
            return self._started().submit(parse_payload, payload).result
        return partial(parse_payload, payload)

    def observe(self, numbers: Sequence[int]) -> Callable[[], Told]:
        """Have it found out what records say; see `ingest.identifying.Observing`."""
        self._records += len(numbers)
        if self._beside(self._records >= _PAYS_RECORDS):
            future = self._started().submit(observe, _encode(numbers))
            return lambda: _decode_told(future.result())
        return partial(told_of, self._db, numbers)

    def compare(self, bodies: Mapping[int, bytes], pairs: Sequence[Pair]) -> list[Scored]:
        """Compare pairs of records, in all processes where there are many; see `ingest.identity.linking.Comparing`."""
        if self._executor is None or not self._beside(pays=False) or len(pairs) < _PAYS_PAIRS:
            return compared(bodies, pairs)
        size = min(_PAIRS, -(-len(pairs) // (self._load.cores + 1)))
        parts = [pairs[at : at + size] for at in range(0, len(pairs), size)]
        given = [Pairs({number: bodies[number] for pair in part for number in pair}, list(part)) for part in parts]
        futures = [self._executor.submit(compare, _encode(one)) for one in given]
        found: dict[int, list[Scored]] = {}
        for at in reversed(range(len(parts))):  # what nobody has begun is done here instead of waiting
            if futures[at].cancel():
                found[at] = compared(given[at].bodies, given[at].pairs)
        for at, future in enumerate(futures):
            if at not in found:
                found[at] = _decode_scored(future.result())
        return [scored for at in range(len(parts)) for scored in found[at]]

    def group(self, keys: Sequence[int]) -> Callable[[], Blocks]:
        """Have blocks of people looked at, by the processes that there are; see `ingest.identity.blocks.Grouping`."""
        if self._executor is not None and self._beside(pays=False):
            future = self._executor.submit(group, _encode(keys))
            return lambda: _decode_blocks(future.result())
        return partial(blocks_of, self._db, keys)

    def agents(self, numbers: Sequence[int]) -> Callable[[], list[AgentOutcome]]:
        """Have agents converted, by the processes that there are; see `api.writing.AgentBodies`."""
        if self._executor is not None and self._beside(pays=False):
            future = self._executor.submit(agents, _encode(numbers))
            return lambda: _decode_agents(future.result())
        return partial(convert_agents, self._db, Base(self._load.base_iri), numbers)

    @contextmanager
    def for_works(self, count: int) -> Iterator[Executor]:
        """What reads and converts so many works: this process for the metadata of few."""
        if self._executor is None and not self._load.maker and count <= _PAYS_WORKS:
            with EXECUTORS.get("here")(self._load) as here:
                yield here
        else:
            yield self._started()

    def release(self) -> None:
        """Let the processes end, without waiting: it takes them a second or two to give up their memory."""
        self._executor, ending = None, self._open.pop_all()
        self._ending = Thread(target=ending.close)
        self._ending.start()

    def close(self) -> None:
        """Wait until all processes have ended."""
        self._executor = None
        self._open.close()
        if self._ending is not None:
            self._ending.join()

    def _beside(self, pays: bool) -> bool:
        """Whether there are processes beside this one that can open its files, or are to be."""
        return self._name == "processes" and self._load.cores > 1 and (pays or self._executor is not None)

    def _started(self) -> Executor:
        if self._executor is None:
            self._executor = self._open.enter_context(EXECUTORS.get(self._name)(self._load))
        return self._executor
