"""The plug for where works are read and converted: in processes of this machine, in this process, or elsewhere.

An executor is a `concurrent.futures.Executor`: it takes functions of `api.worker` with packed jobs and gives packed
outcomes, in whatever order; the writer keeps a bounded number of jobs under way and commits in its own order, so
every executor builds the same graph. Jobs are numbers of works, which workers assemble from the journal; an executor
with the attribute `remote`, whose workers cannot open the journal's file, is given assembled works. Outside packages
(Ray, a batch system) join by the entry point group `gnomon.executor`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from typing import Any, Final, TypeVar

from api.worker import Workload, prepare, start
from ontology.registry import Registry

T = TypeVar("T")


Executing = Callable[[Workload], AbstractContextManager[Executor]]
EXECUTORS: Final[Registry[Executing]] = Registry(
    "executor", {"processes": "api.executors:processes", "here": "api.executors:here"}
)


@contextmanager
def processes(load: Workload) -> Iterator[Executor]:
    """One process for each core; they end with this one."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # theirs: each has a core of its own
    pool = ProcessPoolExecutor(
        load.cores, mp_context=get_context("spawn"), initializer=start,
        initargs=(load, os.getpid()),
    )  # fmt: skip
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def here(load: Workload) -> Iterator[Executor]:
    """In this process, one job after the other: no start-up time, and a debugger sees everything."""
    prepare(load)
    yield _Here()


class _Here(Executor):
    """Does what it is given at once."""

    def submit(self, function: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(function(*arguments, **named))
        except BaseException as error:  # noqa: BLE001 - a future carries whatever its function raised
            done.set_exception(error)
        return done
