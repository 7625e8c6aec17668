"""Records of the shared files, every field read in the source by eye (`data/checked`, see `bench.checked`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.checked import GOLDEN, INVENTED, Check, checks, compared, read
from ingest.formats.detect import order
from ontology.agents import AnyRecord
from ontology.records import Record, Title

CHECKED = checks()
OF_OURS = [check for check in CHECKED if check.path.startswith(INVENTED)]


@pytest.mark.parametrize("check", OF_OURS, ids=lambda check: f"{check.format}-{check.key}")
def test_a_record_says_what_stands_in_an_invented_source(check: Check) -> None:
    agree(check, read(check, GOLDEN))


@pytest.mark.shared
@pytest.mark.parametrize(
    "check",
    [each for each in CHECKED if each not in OF_OURS],
    ids=lambda check: f"{check.format}-{check.locator}{check.key}",
)
def test_a_record_says_what_stands_in_its_source(shared: Path, check: Check) -> None:
    agree(check, read(check, shared))


def agree(check: Check, record: AnyRecord) -> None:
    for one in compared(check, record):
        if one.field in check.short:
            assert one.right < one.values, f"{one.field} falls short no longer"
        else:
            assert one.read == one.expected or one.right == one.values, one.field


def test_the_records_are_of_formats_that_are_read() -> None:
    assert {check.format for check in CHECKED} <= set(order())


def test_a_comparison_finds_what_is_missing_cut_short_or_invented() -> None:
    record = Record(key="1", format="ris", titles=(Title("Dials"),), pages="1-9", abstract="Noon, and so on, at dusk.")
    stated = {"kind": ["article"], "titles": ["Dials"], "pages": [], "volume": ["7"], "abstract": ["Noon … dusk."]}
    found = {one.field: one.right == one.values for one in compared(Check("ris", "", "", "1", stated), record)}
    assert [name for name, is_right in found.items() if not is_right] == ["pages", "volume"]
    invented = {one.field for one in compared(Check("ris", "", "", "1", {}), record) if not one.right}
    assert invented == {"kind", "titles", "pages", "abstract"}
