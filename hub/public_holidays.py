"""Public holidays of Vietnam, as the package `holidays` has them, with the days off that move for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

import holidays

from hub.translation import Text

TET = "Lunar New Year"
"""The English name of the first day of the lunar year."""
_CODES = {"vi": "vi", "en": "en_US"}
_MOVED = ("Ngày nghỉ", "Day off")
"""What a day off is called that a working Saturday makes up for."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holiday:
    """Days off that follow each other, and what is celebrated."""

    first: date
    last: date
    name: Text
    is_tet: bool


@cache
def holiday_names(year: int, language: Literal["vi", "en"] = "en") -> Mapping[date, str]:
    """Day off → its name, such as "National Day (observed)"."""
    return dict(holidays.country_holidays("VN", years=[year], language=_CODES[language]))


def holidays_within(first: date, last: date) -> list[Holiday]:
    """The holidays with a day in the range, each as a whole, in their order."""
    years = range(first.year - 1, last.year + 2)
    names = {day: name for year in years for day, name in holiday_names(year).items()}
    runs: list[list[date]] = []
    for day in sorted(names):
        if runs and day - runs[-1][-1] == _ONE_DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [_holiday(run, names) for run in runs if run[0] <= last and first <= run[-1]]


def _holiday(run: list[date], names: Mapping[date, str]) -> Holiday:
    tet = next((day for day in run if names[day] == TET), None)
    days = run if tet is None else [tet]
    return Holiday(run[0], run[-1], Text(*(_celebrated(days, language) for language in ("vi", "en"))), tet is not None)


def _celebrated(days: list[date], language: Literal["vi", "en"]) -> str:
    """The names of days, each once and without what is said of days off in their place."""
    every = dict.fromkeys(holiday_names(day.year, language)[day].partition(" (")[0] for day in days)
    return ", ".join([name for name in every if name not in _MOVED] or every)
