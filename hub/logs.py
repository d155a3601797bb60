"""Logs without control characters, in which no part of a message looks like another one."""

import logging
import traceback
from typing import Any

from hub.texts import shown

_FURTHER = "\n    "
"""Begins every further line of a message, which therefore never looks like a message."""


class InertRecord(logging.LogRecord):
    """A record of a log whose message and traceback are as `shown` says, whoever logs and whatever is logged."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if self.exc_info:
            self.exc_text = _in_lines("".join(traceback.format_exception(*self.exc_info)).rstrip("\n"))

    def getMessage(self) -> str:  # noqa: N802 - the library's own name for it
        return _in_lines(super().getMessage())


def _in_lines(text: str) -> str:
    return shown(text).replace("\n", _FURTHER)


def keep_logs_inert() -> None:
    """Makes every further record of this process inert, those of libraries included, and records of their warnings."""
    logging.setLogRecordFactory(InertRecord)
    logging.captureWarnings(True)
