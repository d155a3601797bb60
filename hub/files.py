"""Files and folders of the hub: for its own user and group only, whatever the umask of who starts it."""

import errno
import os
import uuid
from contextlib import suppress
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


def write_whole(path: Path, content: bytes | str, mode: int = FILE) -> None:
    """Writes a file that is whole and on the disk whenever it has its name; what is no file, such as a pipe, is written
    to as it is. Raises OSError; the file is then as it was before."""
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    place = path.resolve()
    part = place.with_name(f"{place.name}.{uuid.uuid4().hex}.part")  # another program may write the same file now
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def private(path: str, flags: int) -> int:
    """The `opener` of open() for a file that is new."""
    return os.open(path, flags, FILE)


def keep_files_private() -> None:
    """Makes whatever this process and its children write from now on no wider than FILE and FOLDER."""
    before = os.umask(0o777 & ~FOLDER)
    os.umask(before | 0o777 & ~FOLDER)
