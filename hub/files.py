"""Files and folders of the hub: for its own user and group only, whatever the umask of who starts it."""

import errno
import os
from pathlib import Path

FILE, FOLDER = 0o640, 0o750
"""The widest permissions that anything of the hub's has."""


def make_folder(folder: Path) -> list[Path]:
    """Makes the folder and those above it that are missing; gives those that it made. Raises OSError."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()][::-1]
    for one in missing:
        one.mkdir(mode=FOLDER, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    return missing


def private(path: str, flags: int) -> int:
    """The `opener` of open() for a file that is new."""
    return os.open(path, flags, FILE)


def keep_files_private() -> None:
    """Makes whatever this process and its children write from now on no wider than FILE and FOLDER."""
    before = os.umask(0o777 & ~FOLDER)
    os.umask(before | 0o777 & ~FOLDER)
