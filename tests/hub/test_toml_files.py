"""What is told of a file that cannot be read."""

from pathlib import Path

import pytest

from hub.errors import Abort
from hub.toml_files import read_toml

FAULTS = {b"a = ": "is no valid TOML", b"a = '\xff'": "not UTF-8 at byte 5", b"a = " + b"[" * 5000: "is no valid TOML"}


def test_a_file_with_the_mark_of_an_editor_is_read(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes("\N{ZERO WIDTH NO-BREAK SPACE}a = 'ă'".encode())
    assert read_toml(file) == {"a": "ă"}


@pytest.mark.parametrize("content", FAULTS)
def test_a_fault_names_the_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes(content)
    with pytest.raises(Abort) as error:
        read_toml(file)
    assert "own.toml" in error.value.message.en and FAULTS[content] in error.value.message.en


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Abort, match="cannot be read"):
        read_toml(tmp_path / "own.toml")
