"""The language in which the command line speaks: Vietnamese, or English where IOC_LANG says so."""

import os
from decimal import Decimal

from connectors.errors import HubError, Language
from warehouse.wording import number_text, unit_text


def language() -> Language:
    """The chosen language."""
    return "en" if os.environ.get("IOC_LANG", "vi").startswith("en") else "vi"


def say(vi: str, en: str) -> str:
    """The text in the chosen language."""
    return en if language() == "en" else vi


def told(error: HubError) -> str:
    """What is wrong, in the chosen language."""
    return error.text(language())


def written(value: Decimal | int | float, sign: str = "") -> str:
    """A number as its reader writes it: 1.342,5 or 1,342.5."""
    return number_text(value, language(), sign)


def unit(code: str) -> str:
    """A unit in the chosen language."""
    return unit_text(code, language())
