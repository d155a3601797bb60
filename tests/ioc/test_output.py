"""What reaches a person's terminal: no library's chatter, and whatever goes wrong as one line."""

import subprocess
import sys

CHATTER = """
import logging, sys
import ioc.main
def speak(**_):
    chatter = logging.getLogger("great_expectations.somewhere")
    chatter.setLevel(logging.INFO)
    chatter.info("made a folder")
    chatter.warning("disk is full")
ioc.main.app = speak
ioc.main.main()
"""


def test_a_library_that_chats_is_not_heard_but_its_warnings_are() -> None:
    said = subprocess.run([sys.executable, "-c", CHATTER], capture_output=True, text=True, check=True)
    assert "made a folder" not in said.stderr
    assert "disk is full" in said.stderr


def test_the_command_line_is_there_without_its_script_on_the_path() -> None:
    said = subprocess.run([sys.executable, "-m", "ioc", "source", "list"], capture_output=True, text=True, check=True)
    assert "gate" in said.stdout
