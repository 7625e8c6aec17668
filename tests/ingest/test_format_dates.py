"""Dates as sources write them: in figures, in parts, in words of many languages."""

from __future__ import annotations

import time

import pytest

from ingest.formats.dates import date_in, iso_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2016-12-20", "2016-12-20"), ("2016-12-20T10:00:00Z", "2016-12-20"), ("2016/2/1", "2016-02-01"),
        ("2003.05.12", "2003-05-12"), ("2016-06", "2016-06"), ("2004-06~", "2004-06"), ("2004-XX", "2004"),
        ("20161220", "2016-12-20"), ("20031215T101010", "2003-12-15"), ("200312", "2003-12"), ("201234", ""),
        ("2019/2021", "2019"), ("2003-2005", "2003"), ("1999", "1999"), ("2014//", "2014"), ("2014.0", "2014"),
        ("2019-02-31", "2019-02"), ("2016-13-40", "2016"), ("2010-W12", "2010"), ("c2003", "2003"), ("[2003?]", "2003"),
        ("-0054", ""), ("soon", ""), ("", ""), ("3016", ""), ("198X", ""), ("c. 1843 and 1844", "1843"), ("١٩٩٩", ""),
    ],
)  # fmt: skip
def test_dates_in_figures_that_begin_with_the_year(text: str, date: str) -> None:
    assert date_in(text) == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("12.03.1998", "1998-03-12"), ("1. 2. 2004", "2004-02-01"), ("31/12/2004", "2004-12-31"),
        ("12/31/2004", "2004-12-31"), ("5/5/2004", "2004-05-05"), ("03/2004", "2004-03"), ("31-12-2004", "2004-12-31"),
        ("3/12/2004", "2004"), ("3.12.04", ""), ("10/2/98", ""),
    ],
)  # fmt: skip
def test_figures_that_end_with_the_year_are_read_where_their_order_is_known(text: str, date: str) -> None:
    assert date_in(text) == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("March 2004", "2004-03"), ("Spring 2003", "2003"), ("2003 Winter", "2003"), ("2004 Mar", "2004-03"),
        ("12 June 2018", "2018-06-12"), ("March 12, 2004", "2004-03-12"), ("March 12th, 2004", "2004-03-12"),
        ("2nd May 2001", "2001-05-02"), ("12-Mar-2004", "2004-03-12"), ("2004 Mar 12", "2004-03-12"),
        ("2004, March 12", "2004-03-12"), ("Sept 11 2001", "2001-09-11"), ("Wed Sep 29 10:00:00 2004", "2004-09-29"),
        ("Fri, 12 Mar 2004 10:00:00 GMT", "2004-03-12"), ("29 Feb 2001", "2001-02"), ("May 5", ""),
        ("12 mars 1998", "1998-03-12"), ("le 1er août 1998", "1998-08-01"), ("12. März 2004", "2004-03-12"),
        ("12 de marzo de 2004", "2004-03-12"), ("dezembro de 2010", "2010-12"), ("3 maggio 1999", "1999-05-03"),
        ("1 grudnia 2010", "2010-12-01"), ("12 марта 2004 г.", "2004-03-12"), ("мая 2001", "2001-05"),
        ("2003年5月", "2003-05"), ("2003年5月12日", "2003-05-12"), ("二〇〇三年十二月二十日", "2003-12-20"),
        ("2003년 5월 12일", "2003-05-12"), ("民國92年5月", "2003-05"), ("平成15年3月", "2003-03"),
        ("２００３年", "2003"),
    ],
)  # fmt: skip
def test_dates_in_words(text: str, date: str) -> None:
    assert date_in(text) == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("5-10 July 2018", "2018-07"), ("July 5–10, 2020", "2020-07"), ("1 a 3 de maio de 2004", "2004-05"),
        ("5 and 6 May 2001", "2001-05"), ("30 May - 2 June 2019", "2019-05-30"), ("Mar-Apr 2004", "2004-03"),
        ("1998 Dec-1999 Jan", "1998-12"), ("May/June 2001", "2001-05"),
    ],
)  # fmt: skip
def test_of_a_span_what_its_beginning_is_sure_of(text: str, date: str) -> None:
    assert date_in(text) == date


@pytest.mark.parametrize(
    ("parts", "date"),
    [
        ((2016, 6, 12), "2016-06-12"), (("2016", "Jun", "3"), "2016-06-03"), ((2016, None, 4), "2016"), ((None,), ""),
        (("2016", "Septembre"), "2016-09"), (("2016", "Jul-Aug"), "2016-07"), (("2016", "Octob."), "2016-10"),
        (("2016", 21), "2016"), (("2016", "Summer"), "2016"),
        ((10**30,), ""), ((2016.0,), ""), (("0999",), ""), ((2016, -1), "2016"), (("2016", "0" * 5000), "2016"),
    ],
)  # fmt: skip
def test_dates_of_parts(parts: tuple[str | int | None, ...], date: str) -> None:
    assert iso_date(*parts) == date


@pytest.mark.parametrize("text", ["12 " * 40_000, "2003年" * 40_000, "- " * 80_000 + "may 2001", "1/" * 80_000])
def test_long_texts_are_looked_through_quickly(text: str) -> None:
    begun = time.process_time()
    date_in(text)
    assert time.process_time() - begun < 1
