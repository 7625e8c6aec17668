"""What a sample of judged claims says of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.claims import Sampled, judgements, reliability, wilson


def test_a_share_has_an_interval() -> None:
    assert wilson(97, 130) == pytest.approx((0.665, 0.813), abs=0.001)
    assert wilson(0, 0) == (0.0, 1.0)


def test_judgements_are_counted_by_bin_and_cause(tmp_path: Path) -> None:
    (tmp_path / "judged").write_text("1\t1\n2\t0\tattachment\n3\t1\n", "utf-8")
    right, causes = judgements(tmp_path / "judged")
    lines = list(reliability([Sampled(0.9, ()), Sampled(0.8, ()), Sampled(0.8, ())], right))
    assert [line.partition("\tsaid")[0] for line in lines[:2]] == ["0.75-0.85\t2", "0.85-1.00\t1"]
    assert lines[2].startswith("all\t3\tright 0.667")
    assert causes == {"attachment": 1}
