"""How well hypotheses foretell: `python -m bench.hypotheses DATA`.

Learns from the years before the last three and is asked about those: the scoreboard that `gnomon hypotheses` shows,
with what it takes to read the history, to learn, and to ask.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from api.cli import showing
from api.settings import load_settings
from api.wiring import Services
from graph.hypotheses.asking import Foresight
from graph.hypotheses.history import history
from graph.hypotheses.learning import scoreboard

ASKED = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    services = Services(load_settings(data=parser.parse_args().data))
    started = time.process_time()
    past = history(services.store)
    read = time.process_time()
    foresight = Foresight(past)
    learned = time.process_time()
    now = past.until(past.years[-1])
    print(f"{len(past.spoken):,} works with years, {len(now.works):,} things, {past.years[0]} to {past.years[-1]}; "
          f"processor seconds: history {read - started:.1f}, learning {learned - read:.1f}")  # fmt: skip
    showing.scoreboard(scoreboard(past))
    best = [thing for thing, _ in now.works.most_common(ASKED)]
    times = []
    for thing in best:
        began = time.perf_counter()
        foresight.ask(services.store, thing)
        times.append(time.perf_counter() - began)
    times.sort()
    print(f"asked about the {len(best)} best known: median {times[len(times) // 2]:.2f} s, most {times[-1]:.2f} s")
    services.close()


if __name__ == "__main__":
    main()
