"""A log holds no control character, and nobody but the program that logs begins a line of it."""

import logging
import subprocess
import sys
from io import StringIO

import pytest

from hub.logs import keep_logs_inert
from tests.hostile import FORBIDDEN, HOSTILE


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What a library's logger writes, in the form of the command line."""
    monkeypatch.setattr(logging, "captureWarnings", lambda _: None)  # pytest's own
    keep_logs_inert()
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    logger = logging.getLogger("somebody.else")
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "propagate", False)
    return written


def test_a_value_cannot_forge_a_line(log: StringIO) -> None:
    logging.getLogger("somebody.else").error("refused: %s", HOSTILE)
    first, second = log.getvalue().splitlines()
    assert first.startswith("ERROR:somebody.else:refused: Ủy")
    assert second == "    ERROR:root:forged"
    assert not FORBIDDEN.search(log.getvalue())


def test_nor_can_the_words_of_an_error_in_a_traceback(log: StringIO) -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("somebody.else").exception("failed")
    assert not FORBIDDEN.search(log.getvalue())
    assert "Traceback (most recent call last)" in log.getvalue()
    assert [line for line in log.getvalue().splitlines() if not line.startswith("    ")] == [
        "ERROR:somebody.else:failed",
        "Traceback (most recent call last):",
    ]


COMMAND = """
import logging, warnings
import ioc.main
from tests.hostile import HOSTILE
def speak(**_):
    logging.getLogger("urllib3.connectionpool").warning("Retrying: %s", HOSTILE)
    warnings.warn(f"a cell holds {HOSTILE}")
ioc.main.app = speak
ioc.main.main()
"""


def test_the_command_line_logs_so() -> None:
    said = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True).stderr
    assert "WARNING:urllib3.connectionpool:Retrying: Ủy" in said
    assert "a cell holds Ủy" in said
    assert not FORBIDDEN.search(said)
    assert "\nERROR:root:forged" not in said
