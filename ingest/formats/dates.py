"""Dates as sources write them, in figures and in words, as ISO dates as precise as stated.

The one place where dates are read: all formats use `iso_date` for dates that come in parts and
`date_in` for those in one text.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Final

from ontology.documents import clean

_MONTH_NAMES: Final = (
    "jan january januar janvier janv januari enero ene gennaio gen janeiro styczen stycznia leden ledna ocak "
    "январь января янв",
    "feb february februar febr fevrier fevr fev februari febrero febbraio febb fevereiro luty lutego unor unora "
    "subat февраль февраля фев февр",
    "mar march marz maerz mars marts maart mrt marzo marco marzec marca brezen brezna mart март марта",
    "apr april avril avr abril abr aprile kwiecien kwietnia duben dubna nisan апрель апреля апр",
    "may mai mayo maggio mag maio mei maj maja kveten kvetna mayis май мая",
    "jun june juni juin junio giugno giu junho czerwiec czerwca cerven cervna haziran июнь июня июн",
    "jul july juli juillet juil julio luglio lug julho lipiec lipca cervenec cervence temmuz июль июля июл",
    "aug august aout agosto ago augusti augustus sierpien sierpnia srpen srpna agustos август августа авг",
    "sep sept september septembre septiembre settembre setembro set wrzesien wrzesnia zari eylul сентябрь сентября "
    "сен сент",
    "oct october octobre octubre ottobre ott outubro out oktober okt pazdziernik pazdziernika rijen rijna ekim "
    "октябрь октября окт",
    "nov november novembre noviembre novembro listopad listopada kasim ноябрь ноября ноя нояб",
    "dec december decembre diciembre dic dicembre dezembro dez dezember desember grudzien grudnia prosinec prosince "
    "aralik декабрь декабря дек",
)
"""Names of the months as they stand in dates, without accents: English, German, French, Spanish, Italian,
Portuguese, Dutch, the Scandinavian languages, Polish, Czech, Turkish, Russian; and their abbreviations."""


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


_MONTHS: Final = {_folded(name): number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_SHORT: Final = {name: number for name, number in _MONTHS.items() if len(name) == 3 and name.isascii()}
_ERAS: Final = {"民國": 1911, "民国": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
"""What is added to a year that is counted from the republic or from an emperor's accession."""
_NUMERALS: Final = str.maketrans("〇零○一二三四五六七八九元", "0001234567891")

_ISO: Final = re.compile(r"\s*([12]\d{3})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)(?!\d)")
_BASIC: Final = re.compile(r"\s*([12]\d{3})(0[1-9]|1[0-2])(?:([0-3]\d)(?:T\d{2}.*)?)?\s*")
_EASTERN: Final = re.compile(
    r"(民[國国]|昭和|平成|令和)?\s*(\d{1,4})\s*[年년](?:\s*([\d十]{1,3})\s*[月월](?:\s*([\d十]{1,3})\s*[日号號일])?)?"
)
_FIGURES: Final = re.compile(r"(?<![\d./-])(?:(\d{1,2})([./-])\s?)?(\d{1,2})([./-])\s?([12]\d{3})(?![\d./-]*\d)")
_YEAR: Final = re.compile(r"(?<!\d)([12]\d{3})(?!\d)")
_WORD: Final = re.compile(r"[^\W\d_]+")
_BEFORE: Final = re.compile(r"(?<![\d.])(\d{1,2})(?:st|nd|rd|th|er|eme|o|a|\.)?(?:[\s,.-]+|\s+(?:de|of|d['’])\s*)?$")
"""A day that stands before the name of its month."""
_AFTER: Final = re.compile(r"\.?[\s,-]*(\d{1,2})(?:st|nd|rd|th)?(?![\d:])")
_GOES_ON: Final = re.compile(r"\s*(?:[-–—/&+~]|and|to|und|bis|et|au?|y|al|e)\s*\d{1,2}(?!\d)")
_WENT_ON: Final = re.compile(r"\d\W{0,2}\s*(?:[-–—/&+~]|and|to|und|bis|et|au?|y|al|e)\s*$")


def iso_date(year: str | int | float | None, month: str | int | float | None = None,
             day: str | int | float | None = None) -> str:  # fmt: skip
    """An ISO date as precise as its parts allow: "2016", "2016-06", "2016-06-12"; months also by name.

    Empty where the year is not one from 1000 to 2999. A part out of range is left out with those
    after it (a season, which several formats count from 21 on, leaves the year).
    """
    number = _number(year)
    if not 1000 <= number <= 2999:
        return ""
    in_year = _number(month) or (_month_named(month) if isinstance(month, str) else 0)
    if not 1 <= in_year <= 12:
        return f"{number}"
    try:
        return date(number, in_year, _number(day)).isoformat()
    except ValueError:
        return f"{number}-{in_year:02d}"


@lru_cache(maxsize=4096)
def date_in(text: str) -> str:
    """The ISO date that a text begins with or that stands in it; empty for none.

    Read are ISO dates ("2016-12-20T10:00Z", "20161220"; "2019/2021" → "2019"), figures where their
    order is known ("12.3.2004", "31/12/2004", "03/2004"; of "3/12/2004" only the year), words in the
    languages of `_MONTH_NAMES` ("March 12, 2004", "12 de marzo de 2004", "2004 Mar") and eastern dates
    ("2003年5月12日", "民國92年5月"). Days from … to … leave the month, a season leaves the year.
    """
    if found := _ISO.match(text):
        return iso_date(found[1], found[3], found[4])
    if found := _BASIC.fullmatch(text):
        return iso_date(found[1], found[2], found[3])
    text = unicodedata.normalize("NFKC", text)
    return _eastern(text) or _in_figures(text) or _in_words(_folded(text))


def _eastern(text: str) -> str:
    if not ("年" in text or "년" in text):
        return ""
    found = _EASTERN.search(text.translate(_NUMERALS))
    if not found:
        return ""
    year = int(found[2]) + _ERAS.get(found[1] or "", 0)
    return iso_date(year, _tens(found[3]), _tens(found[4]))


def _tens(numeral: str | None) -> int:
    """A number below 100 of which only the ten may be left as a sign: "12", "十2", "2十1"."""
    if not numeral:
        return 0
    tens, sign, ones = numeral.rpartition("十")
    return int(tens or 1) * 10 + int(ones or 0) if sign else int(ones)


def _in_figures(text: str) -> str:
    found = _FIGURES.search(text)
    if not found:
        return ""
    first, mark, second, _, year = found.groups()
    if first is None:
        return iso_date(year, second)
    if mark == "." or int(first) > 12 or first == second:
        return iso_date(year, second, first)
    return iso_date(year, first, second) if int(second) > 12 else iso_date(year)


def _in_words(text: str) -> str:
    year = _YEAR.search(text)
    if not year:
        return ""
    month = next((word for word in _WORD.finditer(text) if word[0] in _MONTHS), None)
    return iso_date(year[1], _MONTHS[month[0]], _day(text, month)) if month else year[1]


def _day(text: str, month: re.Match[str]) -> str:
    """The day before or behind the month's name; none where several days are meant."""
    if found := _BEFORE.search(text, 0, month.start()):
        return "" if _WENT_ON.search(text, 0, found.start()) else found[1]
    found = _AFTER.match(text, month.end())
    return found[1] if found and not _GOES_ON.match(text, found.end()) else ""


def _month_named(written: str) -> int:
    """The first month that a text names which is known to be one: "Jul-Aug", "Sept.", "Septembre"."""
    words = _WORD.findall(_folded(clean(written)))
    return next((number for word in words if (number := _MONTHS.get(word) or _SHORT.get(word[:3], 0))), 0)


def _number(part: str | int | float | None) -> int:
    if isinstance(part, str):
        part = part.strip()
        return int(part) if part.isascii() and part.isdecimal() and len(part) <= 4 else 0
    return int(part) if isinstance(part, int) and 0 <= part <= 9999 else 0
