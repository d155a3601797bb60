"""The landing: redacted pages under an fsspec address, each a zstd file named by its hash, and their manifest."""

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import psycopg
import zstandard
from fsspec.implementations.local import LocalFileSystem
from psycopg.types.json import Jsonb

from hub.errors import Abort
from hub.files import make_folder, sync_folder, write_whole
from hub.stores import reason, store_errors
from hub.translation import msg
from warehouse.rows import insert_rows

_LEVEL = 1
_HASH = re.compile("[0-9a-f]{64}")
_MAX_PAGE = 256 * 2**20
_OLD = 24 * 3600
"""Seconds after which nobody can still be writing a part of a page."""


@dataclass(frozen=True)
class LandedPage:
    """What the manifest keeps of a page."""

    page_number: int
    wire_sha256: str
    landed_sha256: str
    correlation_id: str
    request: str
    records: int
    wire_bytes: int
    unknown_fields: list[str]
    fetched_at: datetime


class Landing:
    """A folder, bucket or any other fsspec address."""

    def __init__(self, address: str) -> None:
        try:
            self._files, self._root = fsspec.core.url_to_fs(address)
        except (ValueError, ImportError) as error:
            raise Abort(msg("IOC_LANDING={address!r} cannot be used: {error}", address=address, error=error)) from None

    def path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}.json.zst"

    def write(self, page: bytes) -> str:
        """Keeps the page and gives its hash. A page that is there already is left as it is, unless its file is broken
        (cut by a full disk, for example), which is written again. Raises Abort when it cannot be written."""
        sha256 = hashlib.sha256(page).hexdigest()
        try:
            if not self._holds(sha256, page):
                packed = zstandard.ZstdCompressor(level=_LEVEL).compress(page)
                if isinstance(self._files, LocalFileSystem):
                    _write_file(Path(self.path(sha256)), packed)
                else:
                    self._files.pipe_file(self.path(sha256), packed)  # a store of objects shows whole ones only
        except store_errors() as error:
            raise Abort(
                msg("The landing {root} cannot be written: {why}", root=self._root, why=reason(error)),
            ) from None
        return sha256

    def _holds(self, sha256: str, page: bytes) -> bool:
        """Whether the page can be read from its file."""
        try:
            return self._unpacked(sha256) == page
        except (FileNotFoundError, zstandard.ZstdError):
            return False

    def remove_parts(self) -> None:
        """Removes what writers that were killed have left behind; what may still be in work stays."""
        if not isinstance(self._files, LocalFileSystem):
            return
        oldest = time.time() - _OLD
        for part in Path(self._root).glob("??/*.part"):
            with suppress(OSError):  # another run removes it, too
                if part.stat().st_mtime < oldest:
                    part.unlink()

    def read(self, sha256: str) -> bytes:
        """The page with that hash. Raises Abort when it is missing or is not what its name says."""
        try:
            page = self._unpacked(sha256)
        except store_errors(zstandard.ZstdError) as error:
            raise Abort(msg("Landed page {sha256} cannot be read: {error}", sha256=sha256, error=error)) from None
        if hashlib.sha256(page).hexdigest() != sha256:
            raise Abort(
                msg("Landed page {sha256} has been changed since it was written", sha256=sha256),
            )
        return page

    def _unpacked(self, sha256: str) -> bytes:
        packed = self._files.cat_file(self.path(sha256))
        page: bytes = zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MAX_PAGE, allow_extra_data=False)
        return page

    def has(self, sha256: str) -> bool:
        """Whether there is a file of that page, whatever is in it."""
        with self._reached():
            return bool(self._files.exists(self.path(sha256)))

    def folders(self) -> list[str]:
        """Names of all that lies in the landing itself: folders of pages, and what does not belong there."""
        return sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in self._listed(self._root))

    def files(self, folder: str) -> set[str]:
        """What lies in a folder of the landing: of a page its hash, of anything else its place."""
        with self._reached():
            return {self._named(str(path)) for path in self._files.find(f"{self._root}/{folder}")}

    def written_at(self, name: str) -> datetime:
        """When a file that `files` names was written. Raises FileNotFoundError."""
        with self._reached():
            written: datetime = self._files.modified(self._place(name))
        return written if written.tzinfo else written.replace(tzinfo=UTC)

    @staticmethod
    def is_part(name: str) -> bool:
        """Whether a file that `files` names is a page in the middle of its writing."""
        return re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{64}\.json\.zst\.[0-9a-f]{32}\.part", name) is not None

    def _listed(self, path: str) -> list[Any]:
        with suppress(FileNotFoundError), self._reached():
            return list(self._files.ls(path, detail=False))
        return []

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Raises Abort where the block does not reach the store; FileNotFoundError as it comes. The store is asked
        anew: a client of a bucket remembers what it listed, and other workers write there, too."""
        self._files.invalidate_cache()
        try:
            yield
        except FileNotFoundError:
            raise
        except store_errors() as error:
            raise Abort(msg("The landing {root} cannot be read: {why}", root=self._root, why=reason(error))) from None

    def _named(self, path: str) -> str:
        sha256 = path.rsplit("/", 1)[-1].partition(".")[0]
        return sha256 if path == self.path(sha256) else path.removeprefix(f"{self._root}/")

    def _place(self, name: str) -> str:
        return f"{self._root}/{name}" if "/" in name or not _HASH.fullmatch(name) else self.path(name)

    def delete(self, sha256: str) -> None:
        """Deletes the page with that hash, where it still is. Raises Abort when it cannot be deleted."""
        self._files.invalidate_cache()
        try:
            if self._files.exists(self.path(sha256)):
                self._files.rm_file(self.path(sha256))
        except store_errors() as error:
            raise Abort(msg("Landed page {sha256} cannot be deleted: {error}", sha256=sha256, error=error)) from None


def _write_file(path: Path, content: bytes) -> None:
    """Writes a page that is whole whenever it has its name, even after the power failed."""
    made = make_folder(path.parent)
    write_whole(path, content)
    for folder in made:
        sync_folder(folder.parent)


def record(connection: psycopg.Connection[Any], batch_id: int, pages: list[LandedPage]) -> None:
    """Adds pages to the manifest of a batch."""
    rows = ({"batch_id": batch_id, **asdict(page), "unknown_fields": Jsonb(page.unknown_fields)} for page in pages)
    insert_rows(connection, "landing.page", rows)


def manifest(connection: psycopg.Connection[Any], batch_id: int) -> Iterator[tuple[int, str, int]]:
    """(page number, hash of the landed page, row of the batch with which it begins) of a batch, in order."""
    yield from connection.execute(
        "select page_number, landed_sha256, (1 + sum(records) over (order by page_number) - records)::int"
        " from landing.page where batch_id = %s order by page_number",
        [batch_id],
    )
