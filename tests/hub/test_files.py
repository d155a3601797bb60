"""What the hub writes is for its own user and group, whatever the umask."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.files import make_folder, private
from tests.files import open_to_all


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_folders_and_files_are_closed(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "a" / "b" / "c"
    assert make_folder(folder) == [tmp_path / "a", tmp_path / "a" / "b", folder]
    assert make_folder(folder) == []
    with open(folder / "file", "w", opener=private) as file:
        file.write("x")
    assert open_to_all(tmp_path) == []
    assert stat.S_IMODE((folder / "file").stat().st_mode) == 0o640 & ~umask


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(NotADirectoryError):
            make_folder(folder)


COMMAND = """
import os, sys
os.umask(0)
import ioc.main
sys.argv = ["ioc", "init", sys.argv[1], "--province", "H05", "--area", "27"]
ioc.main.main()
"""


def test_what_a_command_writes_is_closed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", COMMAND, str(tmp_path / "new" / "hub")], check=True, capture_output=True)
    assert len(list(tmp_path.rglob("*"))) > 10
    assert open_to_all(tmp_path) == []
