"""The language in which the command line speaks: Vietnamese, or English where IOC_LANG says so."""

import os
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hub.errors import HubError
from hub.translation import Language, Message, Wording, msg
from hub.units import number_text, unit_text
from screens import formats

BATCH_STATUS = {
    "running": msg("running"),
    "published": msg("published"),
    "blocked": msg("blocked"),
    "failed": msg("failed"),
    "incomplete": msg("incomplete"),
}
SEVERITY = {"reject": msg("reject"), "block": msg("block"), "provisional": msg("provisional"), "warn": msg("warn")}

ANOMALY = {
    "volume": msg("volume"),
    "silent": msg("deliverer is silent"),
    "mix": msg("mix of codes"),
    "frozen": msg("repeated answer"),
    "late": msg("arrival"),
    "filled": msg("how columns are filled"),
    "kpi": msg("KPI"),
}


def language() -> Language:
    """The chosen language."""
    return "en" if os.environ.get("IOC_LANG", "vi").startswith("en") else "vi"


def say(message: str | Wording, /, **values: Any) -> str:
    """The message in the chosen language, given itself or as its English text."""
    return (Message(message, values) if isinstance(message, str) else message).text(language())


def told(error: HubError) -> str:
    """What is wrong, in the chosen language."""
    return error.text(language())


def written(value: Decimal | int | float, sign: str = "") -> str:
    """A number as its reader writes it: 1.342,5 or 1,342.5."""
    return number_text(value, language(), sign)


def day(value: date) -> str:
    """A day as its reader writes it: 30/06/2023 or 30 Jun 2023. On the command line itself days are YYYY-MM-DD."""
    return formats.day(value, language())


def days(first: date, last: date) -> str:
    """A range of days, or the only one."""
    return day(last) if first == last else f"{day(first)}–{day(last)}"


def moment(value: datetime) -> str:
    """A moment in Vietnam's time: 14:05 30/06/2023."""
    return formats.moment(value, language())


def unit(code: str) -> str:
    """A unit in the chosen language."""
    return unit_text(code, language())
