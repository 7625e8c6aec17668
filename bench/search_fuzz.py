"""A thousand hostile searches against a running server: never a 5xx, never longer than two seconds.

python -m bench.search_fuzz [--address http://127.0.0.1:8000] [--count 1000] [--seed 1]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from random import Random

import httpx2
import numpy as np

PIECES = (
    "library", "neural networks", "the", "图书馆", "الذكاء", "naïve", "10.1371/journal.pone.0000217", '"', '"a b"~3',
    "(", ")", " AND ", " OR ", " NOT ", "-", "*", "neur*", "the*", "year:", "year:2000..2010", "year:9999999999",
    "author:", "author:king", "type:figure", "type:sentence", "has:doi", "cites:10.1/x", "like:", "like:x", "~", "~99",
    "\\", "\x00", "😀", "%", "<script>", "' OR 1=1 --", "{}", "-{x}", ":", "a" * 300, " " * 50, "\n", "\t", "\u202e",
    "title:(", "open:yes", "citations:>3", "org:", "C++", "[]", "|", "!", ",",
)  # fmt: skip
FILTERS = (
    "", "type:dataset", "publication_year:2000-2010", "x:1", "type:!article|book", "has_doi:true", ",,,", '"',
    "language:!en",
)  # fmt: skip
PARAMETERS = {
    "filter": FILTERS, "mode": ("hybrid", "lexical", "dense"), "sort": ("relevance", "newest", "citations", "title"),
    "limit": ("0", "10", "100", "1000", "-1"), "offset": ("0", "10", "9999"), "cursor": ("", "*", "zzz"),
    "sample": ("0", "5", "10000"), "passages": ("0", "3"), "explain": ("true", "false"),
    "expand": ("on", "off", "-{x}"),
    "group_by": ("kind", "author", "nonsense"), "select": ("", "title", "nothing"), "facet": ("kind", "topic"),
}  # fmt: skip


def invented(random: Random) -> dict[str, str]:
    """One search of odd pieces."""
    query = "".join(random.choice(PIECES) + random.choice(("", " ")) for _ in range(random.randint(0, 12)))
    names = random.sample(sorted(PARAMETERS), random.randint(0, 4))
    return {"q": query, **{name: random.choice(PARAMETERS[name]) for name in names}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = Random(options.seed)
    statuses: Counter[int] = Counter()
    seconds: list[float] = []
    worst: tuple[float, dict[str, str]] = (0.0, {})
    with httpx2.Client(base_url=options.address, timeout=30) as client:
        for _ in range(options.count):
            asked = invented(random)
            path = random.choice(("/v1/search", "/v1/search", "/v1/search", "/v1/suggest", "/v1/search/sparql", "/"))
            started = time.perf_counter()
            status = client.get(path, params=asked).status_code
            seconds.append(time.perf_counter() - started)
            statuses[status] += 1
            worst = max(worst, (seconds[-1], {"path": path, **asked}), key=lambda one: one[0])
            if status >= 500:
                print(status, path, asked)
    print(
        f"{options.count} searches: " + ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    )
    p50, p95 = (np.percentile(seconds, p) * 1e3 for p in (50, 95))
    print(f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {worst[0]:.2f} s: {worst[1]}")


if __name__ == "__main__":
    main()
