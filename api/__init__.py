"""The doors and the composition root: settings, wiring, HTTP, pages, CLI."""

import os

# Before numpy is loaded: many callers with a thread each, and threads of one small product waiting for each other
# cost more than they help.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
