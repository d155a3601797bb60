"""The inbox of a source: a folder or an fsspec address in which people leave files, and the hub what it gives back."""

import logging
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from connectors.client import MAX_BYTES
from hub.errors import Abort, Reject, Retry
from hub.files import make_folder, write_whole
from hub.stores import reason, store_errors
from hub.texts import NOT_SHOWN, clean, shown_in_line
from hub.translation import msg

_LOG = logging.getLogger(__name__)
RETURNED = "returned"
"""Folder in the inbox of what is given back; files in it are never read as input."""
QUIET = timedelta(seconds=10)
"""A file that was changed so shortly before may still be in the middle of its writing."""
_STALE = timedelta(days=1)
"""A lock older than it was left behind by a program that broke off."""
_MOST_FILES = 1_000
_LONGEST_NAME = 200
_LOCKS = (re.compile(r"~\$(.+)"), re.compile(r"\.~lock\.(.+)#"))
"""Names of the files by which Office and LibreOffice say that somebody has a file open."""
_ODD = re.compile(f"{NOT_SHOWN}|[\t\n/\\\\]")


@dataclass(frozen=True)
class InboxFile:
    """A file as the folder lists it."""

    name: str
    size: int
    modified_at: datetime


class Inbox:
    """The inbox at an address. Raises Retry, which names it, where the store does not answer or refuses."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        try:
            self._files, root = fsspec.core.url_to_fs(address)
        except (ValueError, ImportError) as error:
            raise Abort(msg("IOC_INBOX={address!r} cannot be used: {error}", address=address, error=error)) from None
        self._root = root.rstrip("/")

    def address(self, name: str) -> str:
        """Where a file of the inbox lies, as people read it."""
        return f"{self._address}/{name}"

    def files(self, suffix: str) -> list[InboxFile]:
        """The files that may be read, by name. Left for another time is what is open or was changed a moment ago; links
        and odd names are passed over for good; the log says of both. Raises Abort when there is no such folder, Reject
        for too many files, or names that are the same but for letter case and composition."""
        now = datetime.now(UTC)
        listed = self._listed()
        locked = {
            found[1].casefold()
            for info in listed
            for lock in _LOCKS
            if (found := lock.fullmatch(self._name(info))) and _moment(info) > now - _STALE
        }
        files: list[InboxFile] = []
        for info in listed:
            name = self._name(info)
            if info["type"] == "directory" or name.startswith((".", "~$")):
                continue
            if not name.casefold().endswith(f".{suffix}"):
                _LOG.warning("%s is not read: it is no .%s", shown_in_line(self.address(name)), suffix)
            elif not self._is_plain(info, name):
                _LOG.warning("%s is not read: it is a link, or has an odd name", shown_in_line(self.address(name)))
            elif name.casefold() in locked or abs(now - _moment(info)) < QUIET:
                _LOG.warning("%s is read another time: it is open, or was just changed", self.address(name))
            else:
                files.append(InboxFile(name, int(info["size"]), _moment(info)))
        if len(files) > _MOST_FILES:
            raise Reject(msg("{inbox} holds more than {most} files", inbox=self._address, most=_MOST_FILES))
        names = [clean(file.name).casefold() for file in files]
        if twice := next((file.name for file in files if names.count(clean(file.name).casefold()) > 1), None):
            raise Reject(
                msg("{file}: there is another file whose name looks the same; keep one", file=self.address(twice))
            )
        return sorted(files, key=lambda file: file.name)

    def read(self, file: InboxFile) -> bytes | None:
        """The content of a file; None when it has changed since it was listed, or is gone. Raises Reject when it is
        larger than a file may be."""
        try:
            with self._reached():
                content = self._content(file.name)
                now = self._files.info(self._place(file.name))
        except FileNotFoundError:
            return None
        if len(content) > MAX_BYTES:
            raise Reject(msg("{file} is larger than {size} MiB", file=self.address(file.name), size=MAX_BYTES >> 20))
        same = (len(content), file.modified_at) == (file.size, _moment(now)) and int(now["size"]) == file.size
        return content if same else None

    def give_back(self, name: str, content: bytes) -> None:
        """Leaves a file among those that are given back."""
        with self._reached():
            if isinstance(self._files, LocalFileSystem):
                folder = Path(self._root) / RETURNED
                make_folder(folder)
                _refuse_link(folder)
                (folder / name).unlink(missing_ok=True)  # a link there would lead elsewhere
                write_whole(folder / name, content)
            else:
                self._files.makedirs(self._place(RETURNED), exist_ok=True)
                self._files.pipe_file(self._place(f"{RETURNED}/{name}"), content)

    def take_back(self, name: str) -> None:
        """Removes a file that was given back, where there is one."""
        with self._reached():
            if isinstance(self._files, LocalFileSystem):
                _refuse_link(Path(self._root) / RETURNED)
            if self._files.exists(place := self._place(f"{RETURNED}/{name}")):
                self._files.rm_file(place)

    def check(self) -> None:
        """Raises Abort or Retry when the inbox cannot be read or written."""
        self._listed()
        self.give_back(".ioc", b"")
        self.take_back(".ioc")

    def _listed(self) -> list[dict[str, Any]]:
        """What lies in the folder itself."""
        with self._reached():
            self._files.invalidate_cache()
            try:
                found = self._files.ls(self._root, detail=True)
            except FileNotFoundError:
                raise Abort(msg("There is no inbox {inbox}: make it, or set IOC_INBOX", inbox=self._address)) from None
        return [info for info in found if str(info["name"]).rstrip("/").rpartition("/")[0] == self._root]

    @staticmethod
    def _name(info: dict[str, Any]) -> str:
        return str(info["name"]).rstrip("/").rpartition("/")[2]

    @staticmethod
    def _is_plain(info: dict[str, Any], name: str) -> bool:
        return (
            info["type"] == "file"
            and not info.get("islink")
            and not _ODD.search(name)
            and clean(name) != ""
            and len(name) <= _LONGEST_NAME
        )

    def _content(self, name: str) -> bytes:
        if not isinstance(self._files, LocalFileSystem):
            with self._files.open(self._place(name), "rb") as there:
                content: bytes = there.read(MAX_BYTES + 1)
            return content
        # without waiting for a pipe, and without following a link that took the file's place
        handle = os.open(self._place(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as there:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise FileNotFoundError(name)
            return there.read(MAX_BYTES + 1)

    def _place(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Raises Retry where the block does not reach the store; FileNotFoundError as it comes."""
        try:
            yield
        except FileNotFoundError:
            raise
        except store_errors() as error:
            raise Retry(
                msg("The inbox {inbox} cannot be used: {why}", inbox=self._address, why=reason(error))
            ) from None


def _refuse_link(folder: Path) -> None:
    if folder.is_symlink():
        raise OSError(f"{folder.name} is a link")


def _moment(info: dict[str, Any]) -> datetime:
    """When a file was last changed, as each kind of store says it."""
    said = next(info[key] for key in ("mtime", "LastModified", "last_modified", "created") if info.get(key) is not None)
    if isinstance(said, int | float):
        return datetime.fromtimestamp(said, UTC)
    moment: datetime = said
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
