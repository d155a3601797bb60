"""Which files and folders everybody on the machine may look into."""

import stat
from pathlib import Path

from hub.files import FILE, FOLDER


def open_to_all(folder: Path) -> list[str]:
    """What below a folder has wider permissions than the hub's, with them; sockets and links have none of their own."""
    found = []
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
            allowed = FOLDER if stat.S_ISDIR(mode) else FILE
            if stat.S_IMODE(mode) & 0o777 & ~(allowed | 0o700):
                found.append(f"{path} {stat.filemode(mode)}")
    return found
