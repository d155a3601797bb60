"""The language in which the command line speaks: Vietnamese, or English where IOC_LANG says so."""

import os


def say(vi: str, en: str) -> str:
    """The text in the chosen language."""
    return en if os.environ.get("IOC_LANG", "vi").startswith("en") else vi
