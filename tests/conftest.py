"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Parallel test processes are told a width; what is printed here has no terminal.
os.environ.pop("COLUMNS", None)
# Works are read in the process of the test, which loads the language model once, and not in processes that each
# load it for a dozen works. That both build the same graph is a test of its own (test_build.py).
os.environ.setdefault("GNOMON_EXECUTOR", "here")

# The same examples on every machine and however busy it is; hunts for new ones are run by hand
# with `--hypothesis-profile=default`.
settings.register_profile("gnomon", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gnomon")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project; skips where it is missing."""
    if not SHARED.is_dir():
        pytest.skip("needs the real data in ../shared/data, which is not here")
    return SHARED
