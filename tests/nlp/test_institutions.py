"""What stands inside the name of an institution names no subject."""

from __future__ import annotations

import pytest

from nlp.institutions import Institutions


@pytest.mark.parametrize(
    ("text", "name", "held"),
    [
        ("It was approved after long debate by the College of Science and Health.", "Health", True),
        ("Most species were reported some years before to the Food and Agriculture Organization.", "Agriculture", True),
        ("It was reported to the World Health Organization in Rome.", "World Health Organization", False),
        ("It was asked of the American World Health Organization in Rome.", "World Health Organization", False),
        ("Good health was reported by the University of Rome.", "health", False),
        ("The study of Kidney and Liver was long and hard to do.", "Kidney", False),
        ("The Impact of University Libraries on Health", "Libraries", False),
    ],
)
def test_a_part_of_a_name_is_held(text: str, name: str, held: bool) -> None:
    begin = text.index(name)
    assert Institutions(text).hold(begin, begin + len(name)) is held
