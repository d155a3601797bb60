"""The landing: redacted pages under an fsspec address, each a zstd file named by its hash, and their manifest."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import fsspec
import psycopg
import zstandard
from psycopg.types.json import Jsonb

from hub.errors import Abort
from hub.translation import msg
from warehouse.rows import insert_rows

_LEVEL = 1
_MAX_PAGE = 256 * 2**20


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
            self._files, self._root = fsspec.core.url_to_fs(address, auto_mkdir=True)
        except (ValueError, ImportError) as error:
            raise Abort(msg("IOC_LANDING={address!r} cannot be used: {error}", address=address, error=error)) from None

    def path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}.json.zst"

    def write(self, page: bytes) -> str:
        """Keeps the page and gives its hash. A page that is there already is left as it is."""
        sha256 = hashlib.sha256(page).hexdigest()
        path = self.path(sha256)
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(page)
        try:
            if not self._files.exists(path):
                part = f"{path}.{uuid.uuid4().hex}.part"  # another feed may land the same page now
                self._files.pipe_file(part, packed)
                self._files.mv(part, path)
        except OSError as error:
            why = error.strerror or error
            raise Abort(
                msg("The landing {root} cannot be written: {why}", root=self._root, why=why),
            ) from None
        return sha256

    def read(self, sha256: str) -> bytes:
        """The page with that hash. Raises Abort when it is missing or is not what its name says."""
        try:
            page: bytes = zstandard.ZstdDecompressor().decompress(
                self._files.cat_file(self.path(sha256)), max_output_size=_MAX_PAGE
            )
        except (OSError, zstandard.ZstdError) as error:
            raise Abort(msg("Landed page {sha256} cannot be read: {error}", sha256=sha256, error=error)) from None
        if hashlib.sha256(page).hexdigest() != sha256:
            raise Abort(
                msg("Landed page {sha256} has been changed since it was written", sha256=sha256),
            )
        return page

    def delete(self, sha256: str) -> None:
        """Deletes the page with that hash, where it still is. Raises Abort when it cannot be deleted."""
        try:
            if self._files.exists(self.path(sha256)):
                self._files.rm_file(self.path(sha256))
        except OSError as error:
            raise Abort(msg("Landed page {sha256} cannot be deleted: {error}", sha256=sha256, error=error)) from None


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
