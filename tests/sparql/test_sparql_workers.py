"""Workers that come, go and follow the newest checkpoint, and what becomes of the queries they had."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from graph.snapshots import Checkpoints, FixedCheckpoint, Snapshots
from graph.stores.oxigraph import OxigraphStore
from ontology.errors import (
    NotFound,
    QueryBusy,
    QueryFailed,
    QueryInterrupted,
    QueryMemoryExceeded,
    QueryTimeout,
    StoreError,
)  # fmt: skip
from sparql.asking import ask, begin
from sparql.jail import GIVING_WAY
from sparql.limits import Limits
from sparql.pool import QueryPool
from sparql.service import Service
from sparql.ticket import Ticket
from tests.sparql.asked import answer, eventually, marker, ticket_for

HOG = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
MANY = "SELECT * { ?a ?b ?c . ?d ?e ?f }"


def test_a_worker_killed_from_outside_is_replaced(pool: QueryPool, endless: str) -> None:
    ticket = ticket_for(pool, endless)
    threading.Timer(0.3, lambda: os.kill(next(iter(pool._busy)).pid, signal.SIGSEGV)).start()
    with pytest.raises(QueryMemoryExceeded, match="SIGSEGV"):
        ticket.begin()
    assert marker(pool) == "first"


def test_a_query_whose_worker_is_ended_from_outside_goes_to_another_once(pool: QueryPool) -> None:
    pool.start()
    ticket = _handed_to_one_that_sleeps(pool)
    _kill(ticket)
    end = time.monotonic() + 20
    while not ticket.began():
        assert time.monotonic() < end
    assert json.loads(b"".join(ticket.chunks()))["boolean"] is True

    pool.start()
    lost = _handed_to_one_that_sleeps(pool)
    for worker in pool._idle:
        os.kill(worker.pid, signal.SIGSTOP)
    _kill(lost)
    assert not lost.began()
    _kill(lost)
    with pytest.raises(QueryInterrupted, match="SIGKILL"):
        lost.began()
    for worker in pool._idle:
        os.kill(worker.pid, signal.SIGCONT)
    assert marker(pool) == "first"


def _handed_to_one_that_sleeps(pool: QueryPool) -> Ticket:
    os.kill(pool._idle[0].pid, signal.SIGSTOP)
    ticket = ticket_for(pool, "ASK {}", Limits(seconds=20))
    assert ticket.queue_up(lambda: None)
    ticket.hand_over()
    return ticket


def _kill(ticket: Ticket) -> None:
    assert ticket.worker is not None
    os.kill(ticket.worker.pid, signal.SIGKILL)


def test_no_network_in_a_worker(pool: QueryPool) -> None:
    """SERVICE let through by a guard that is not there: the worker has no socket to open."""
    text = "SELECT * { SERVICE SILENT <http://127.0.0.1:18999/> { ?s ?p ?o } }"
    ticket = ticket_for(pool, text)
    ticket.begin()
    assert json.loads(b"".join(ticket.chunks()))["results"]["bindings"] == [{}]
    loud = ticket_for(pool, text.replace("SILENT", ""))
    with pytest.raises((StoreError, QueryFailed), match=r"ermission denied|etwork is unreachable"):
        loud.begin()


def test_a_commit_is_seen_at_once_and_a_running_query_keeps_its_snapshot(
    tmp_path: Path, make_pool: Callable[..., QueryPool], write_graph: Callable[[Path, str, str], Path],
    moving: Callable[..., Checkpoints],
) -> None:  # fmt: skip
    current = [write_graph(tmp_path, "one", "first")]
    pool = make_pool(moving(lambda: current[0]), Limits(workers=2))
    _, running = ask(Service(pool), "SELECT * { ?a <x:label> ?c . <x:marker> <x:is> ?v . ?d <x:p> ?e }", "csv")
    start = next(running)
    assert marker(pool) == "first"
    current[0] = write_graph(tmp_path, "two", "second")
    assert marker(pool) == "second"
    assert pool.snapshots_in_use() == {tmp_path / "one", tmp_path / "two"}
    rest = start + b"".join(running)
    assert b"first" in rest[-2_000:]
    assert b"second" not in rest


def test_old_checkpoints_go_when_their_last_reader_ends(tmp_path: Path, make_pool: Callable[..., QueryPool]) -> None:
    store = OxigraphStore(tmp_path / "store")
    store.apply((), (f'<x:s{i}> <x:p> "{i}" .' for i in range(2_000)))
    snapshots = Snapshots(tmp_path / "snapshots", keep=1)
    first = snapshots.publish(store, 1)
    pool = make_pool(snapshots, Limits(workers=2))
    _, running = ask(Service(pool), "SELECT * { ?a ?b ?c . ?d ?e ?f }", "csv")
    next(running)
    assert answer(pool, "ASK {}")
    second = snapshots.publish(store, 2)
    third = snapshots.publish(store, 3)
    assert eventually(lambda: pool.snapshots_in_use() == {first.path, third.path}, 2)
    assert first.path.exists()
    assert not second.path.exists()
    running.close()  # type: ignore[attr-defined]
    assert eventually(lambda: not first.path.exists(), 3)
    assert third.path.exists()
    store.close()


def test_a_checkpoint_that_vanishes_is_asked_for_again(
    tmp_path: Path, make_pool: Callable[..., QueryPool], write_graph: Callable[[Path, str, str], Path],
    moving: Callable[..., Checkpoints],
) -> None:  # fmt: skip
    there = write_graph(tmp_path, "there", "third")
    names = iter([tmp_path / "gone"])
    pool = make_pool(moving(lambda: next(names, there)), Limits(workers=1))
    assert marker(pool) == "third"


def test_no_checkpoint_is_the_callers_error(
    tmp_path: Path, make_pool: Callable[..., QueryPool], moving: Callable[..., Checkpoints]
) -> None:
    def none() -> Path:
        raise NotFound("there is no graph here yet")

    pool = make_pool(moving(none), Limits(workers=1))
    for _ in range(3):
        with pytest.raises(NotFound):
            answer(pool, "ASK {}")
    assert pool.status().busy == 0
    missing = make_pool(FixedCheckpoint(tmp_path / "nothing"), Limits(workers=1))
    with pytest.raises(StoreError):
        answer(missing, "ASK {}")


def test_a_closed_pool(checkpoint: Path) -> None:
    pool = QueryPool(FixedCheckpoint(checkpoint), Limits(workers=1))
    assert marker(pool) == "first"
    worker = next(iter(pool._idle))
    pool.close()
    assert not worker.alive
    with pytest.raises(QueryBusy):
        answer(pool, "ASK {}")


def test_workers_end_with_their_server(checkpoint: Path, endless: str) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom graph.snapshots import FixedCheckpoint\n"
        "from sparql.pool import QueryPool\nfrom sparql.asking import ask\nfrom sparql.service import Service\n"
        "pool = QueryPool(FixedCheckpoint(Path(sys.argv[1])))\npool.start()\n"
        "print([w.pid for w in pool._idle], flush=True)\nask(Service(pool), sys.argv[2])"
    )
    server = subprocess.Popen([sys.executable, "-c", code, str(checkpoint), endless], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    pids = json.loads(server.stdout.readline())
    time.sleep(0.3)
    server.kill()
    server.wait()
    server.stdout.close()
    assert eventually(lambda: not any(_running(pid) for pid in pids))


def test_a_query_that_takes_long_gives_way_to_the_others(pool: QueryPool, endless: str) -> None:
    ticket = ticket_for(pool, endless)

    def run() -> None:
        with pytest.raises(QueryTimeout):
            ticket.begin()

    thread = threading.Thread(target=run)
    thread.start()
    assert eventually(lambda: ticket.worker is not None, 5)
    pid = ticket.worker.pid if ticket.worker else 0
    assert eventually(lambda: _niceness(pid) == {GIVING_WAY}, 5)
    thread.join()
    assert marker(pool) == "first"
    assert all(GIVING_WAY not in _niceness(worker.pid) for worker in pool._idle)


def _niceness(pid: int) -> set[int]:
    """Of all threads of a process."""
    stats = [path.read_text().rpartition(")")[2].split() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return {int(fields[16]) for fields in stats}


def test_another_nursery_takes_over_where_one_is_lost(checkpoint: Path, make_pool: Callable[..., QueryPool]) -> None:
    pool = make_pool(FixedCheckpoint(checkpoint), Limits(workers=1))
    assert marker(pool) == "first"
    pool.start()
    nursery = pool._nursery._process
    assert nursery is not None
    nursery.kill()
    nursery.wait()
    for pid in [worker.pid for worker in pool._idle if worker.pid]:
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: pool._nursery._process is not nursery, 5)
    assert eventually(lambda: all(worker.alive and worker.ready for worker in [*pool._idle]), 10)
    assert marker(pool) == "first"


def test_a_worker_that_ended_while_idle_is_no_querys_fault(pool: QueryPool) -> None:
    pool.start()
    os.kill(next(worker.pid for worker in pool._idle if worker.pid), signal.SIGKILL)
    time.sleep(0.01)
    assert marker(pool) == "first"


def test_a_worker_lost_in_the_event_loop_leaves_nothing_behind(pool: QueryPool) -> None:
    """It had not read its query yet: to the loop that is an error of the descriptor, which the next worker's
    socket may have."""

    async def lost() -> None:
        pid = pool._idle[0].pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
        ticket = ticket_for(pool, "SELECT * {}")
        asking = asyncio.ensure_future(begin(ticket))
        await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        await asyncio.wait((asking,), timeout=4)
        assert asking.done()
        asking.exception()  # ended from outside, and so given to another
        await asyncio.sleep(0.3)  # another may have answered: the pool learns of a dead idle one a little later

    async def found() -> bytes:
        stream = await begin(Service(pool).ticket(Service(pool).prepare("SELECT (5 AS ?n) {}", "csv")))
        return b"".join([chunk async for chunk in stream])

    async def rounds() -> None:
        for _ in range(3):
            await asyncio.to_thread(pool.start)
            assert await found() == b"n\r\n5\r\n"
            await lost()
        await asyncio.to_thread(pool.start)
        assert await found() == b"n\r\n5\r\n"

    uvloop.run(rounds())
    assert marker(pool) == "first"


def test_awaited_queries_stand_in_the_same_queue(pool: QueryPool) -> None:
    async def one(number: int) -> bytes:
        service = Service(pool)
        ready = service.prepare(f"SELECT (({number}) AS ?n) {{}}", "csv")
        stream = await begin(service.ticket(ready, client="somebody"))
        return b"".join([chunk async for chunk in stream])

    async def many() -> list[bytes]:
        return await asyncio.gather(*(one(number) for number in range(3)))

    pool.start()
    for _ in range(20):
        assert asyncio.run(many()) == [b"n\r\n%d\r\n" % number for number in range(3)]
    assert pool.status().busy == pool.status().waiting == 0


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
