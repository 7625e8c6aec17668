"""A Virtuoso of our own, from Debian's packages (`apt-get install virtuoso-opensource-7-bin`): to compare with
and to test the remote endpoint on. Listens on 127.0.0.1 only, keeps everything in one folder, and is ended by
process id."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from bench.w3c.server import free_port

MISSING = "Virtuoso is not installed (Debian: virtuoso-opensource-7-bin)"
_PATIENCE = 60.0
_INI = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 20
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
MaxCheckpointRemap = 2000
DirsAllowed = {folder}, {files}
DisableTcpSocket = 0
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 10
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryCostEstimationTime = 100000
MaxQueryExecutionTime = 600
DefaultQuery = SELECT * {{ ?s ?p ?o }} LIMIT 1
"""


def installed() -> bool:
    """Whether there is one to start."""
    return bool(shutil.which("virtuoso-t") and shutil.which("isql-vt"))


@contextmanager
def virtuoso(folder: Path, files: Path, graph: str = "http://localhost/default", memory_mb: int = 200) -> Iterator[str]:
    """The address of its endpoint, with every N-Triples and N-Quads file of `files` loaded (statements without
    a graph go to `graph`). What `folder` holds already is not loaded again. RuntimeError where it does not come up."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = not (folder / "virtuoso.db").exists()
    sql, http = free_port(), free_port()
    buffers = memory_mb * 120
    made = _INI.format(folder=folder, files=files, sql=sql, http=http, buffers=buffers, dirty=buffers * 3 // 4)
    (folder / "virtuoso.ini").write_text(made)
    process = subprocess.Popen(
        ["virtuoso-t", "-f", "-c", str(folder / "virtuoso.ini")], cwd=folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{http}/sparql"
        _wait(process, address, folder)
        if fresh:
            _say(sql, f"ld_dir('{files}', '*.n[tq]', '{graph}');", "rdf_loader_run();", "checkpoint;")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _say(port: int, *commands: str) -> None:
    for command in commands:
        subprocess.run(
            ["isql-vt", f"127.0.0.1:{port}", "dba", "dba", f"exec={command}"], check=True, capture_output=True
        )


def _wait(process: subprocess.Popen[bytes], address: str, folder: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx2.get(address, params={"query": "ASK {}"}, trust_env=False).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    log = folder / "virtuoso.log"
    raise RuntimeError(f"Virtuoso did not start: {log.read_text()[-500:] if log.exists() else 'no log'}")
