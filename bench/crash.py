"""`python -m bench.crash PATH… [--vocabulary FILE…] [--kills 20]`: kill -9 a build again and again.
`python -m bench.crash --http [--records 400] [--kills 20]`: the same with harvests over HTTP.

Builds once undisturbed, then once more in another folder, killed at random moments and started
again until it ends by itself. Both stores must have the same canonical hash, and no lock may be
left. Prints one line for each kill and ends with status 1 where the hashes differ. With `--http` an
OAI-PMH server runs beside it (that of the tests, on 127.0.0.1), and kills fall into the harvest,
between its pages, as well as into what follows.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

MODULE = "api.cli.main"
SERVER = Path(__file__).parents[1] / "tests" / "ingest" / "oai_server.py"


def command(data: Path, arguments: Sequence[str]) -> list[str]:
    """`arguments` begin with the command: build or harvest."""
    return [sys.executable, "-m", MODULE, *arguments, "--data", str(data), "--json"]


def undisturbed(data: Path, arguments: Sequence[str]) -> float:
    """Seconds of a build that nobody kills."""
    started = time.monotonic()
    subprocess.run(command(data, arguments), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def killed(data: Path, arguments: Sequence[str], after: float) -> bool:
    """Start a build and kill it after so many seconds; False where it had ended by then."""
    process = subprocess.Popen(command(data, arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, said = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    if process.returncode:
        raise SystemExit(f"the build failed after a kill: {said.decode()[-500:]}")
    return False


def canonical_hash(data: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", MODULE, "status", "--verify", "--json", "--data", str(data)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return str(json.loads(done.stdout)["hash"])


def disturbed(data: Path, arguments: Sequence[str], kills: int, seconds: float, dice: random.Random) -> int:
    """Kill a build at up to `kills` random moments, then let it end; returns how often it was killed."""
    done = 0
    for _ in range(kills):
        moment = dice.uniform(0.1, max(1.0, seconds * 0.8))
        if not killed(data, arguments, moment):
            break
        done += 1
        print(f"killed after {moment:.1f} s", file=sys.stderr, flush=True)
    undisturbed(data, arguments)
    return done


def compare(arguments: Sequence[str], kills: int, seed: int, scratch: Path) -> tuple[str, str, int]:
    """Canonical hashes of an undisturbed and of a disturbed build, and the number of kills."""
    calm, wild = scratch / "calm", scratch / "wild"
    seconds = undisturbed(calm, arguments)
    total, rounds = 0, 0
    while total < kills:
        folder = wild / str(rounds)
        total += disturbed(folder, arguments, kills - total, seconds, random.Random(seed + rounds))
        rounds += 1
        hashes = canonical_hash(calm), canonical_hash(folder)
        if hashes[0] != hashes[1]:
            break
    return *hashes, total


@contextmanager
def repository(records: int) -> Iterator[str]:
    """The address of an OAI-PMH server over so many invented records, 20 a page."""
    process = subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        root = f"http://127.0.0.1:{int(process.stdout.readline())}"
        world = {"granularity": "YYYY-MM-DDThh:mm:ssZ", "limit": 20, "faults": [], "records": invented(records)}
        put = urllib.request.Request(f"{root}/world", json.dumps(world).encode(), method="PUT")
        urllib.request.urlopen(put, timeout=10).close()
        yield f"{root}/oai"
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def invented(records: int) -> list[dict[str, object]]:
    """Works that share people and words."""
    return [
        {
            "id": f"oai:x:{number}", "stamp": f"2024-05-{1 + number % 28:02}T10:00:00Z",
            "title": f"Study {number} of the catalogues of lighthouses",
            "dc": {
                "creator": [f"Marlow, Ada{number % 17}", f"Quill, Ben{number % 23}"], "date": [str(1990 + number % 30)],
                "identifier": [f"https://doi.org/10.5555/crash.{number}"], "language": ["en"],
                "description": ["Faceted search improves recall in library catalogues."], "type": ["article"],
            },
        }
        for number in range(records)
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--http", action="store_true", help="harvest over HTTP instead of building files")
    parser.add_argument("--records", type=int, default=400, help="records of the HTTP source")
    given, arguments = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        if given.http:
            arguments = ["harvest", stack.enter_context(repository(given.records)), "--source", "repo", *arguments]
        else:
            arguments = ["build", *arguments]
        calm, wild, kills = compare(arguments, given.kills, given.seed, Path(scratch))
    print(f"{kills} kills: {'same' if calm == wild else 'DIFFERENT'} hash ({calm[:16]} / {wild[:16]})")
    sys.exit(calm != wild)


if __name__ == "__main__":
    main()
