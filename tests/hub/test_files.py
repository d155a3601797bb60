"""What the hub writes is for its own user and group, whatever the umask."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.files import make_folder, private, write_whole
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


@pytest.mark.parametrize("mode", [0o640, 0o600], ids=oct)
def test_a_file_is_written_with_its_mode_in_the_place_of_an_earlier_one(tmp_path: Path, umask: int, mode: int) -> None:
    file = tmp_path / "file"
    for content in (b"before", "sau: bản mới"):
        write_whole(file, content, mode)
    assert file.read_text("utf-8") == "sau: bản mới"
    assert stat.S_IMODE(file.stat().st_mode) == mode & ~umask


def test_a_file_that_cannot_be_written_whole_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    write_whole(file, "before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("hub.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, "after")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("file", "before")]


def test_a_link_stays_a_link_and_a_pipe_is_written_to(tmp_path: Path) -> None:
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to("file")
    write_whole(link, "x")
    assert (link.is_symlink(), (tmp_path / "file").read_text()) == (True, "x")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, "x")
    assert os.read(reader, 10) == b"x"
    os.close(reader)


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
