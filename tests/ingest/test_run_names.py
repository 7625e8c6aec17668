"""Runs are named so that they sort by time, however quickly they follow each other."""

from ingest.journal.runs import new_run_id


def test_names_sort_by_time_within_a_second() -> None:
    made = [new_run_id() for _ in range(2_000)]
    moments = [name[:-1] for name in made]
    assert moments == sorted(moments)
    assert len(made[0]) == len("20240531T120000Z-3f9a1c")
