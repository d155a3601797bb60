"""Cache of whole answers, by what they depend on: the same request within the same rights is given the same bytes.

An answer's tag names data version, rights, question and language (ApiCall.revalidate), so that nothing has to be
removed when data change: the old tag is not asked for any more. The caller and its rights were checked before.
"""

import gzip
import threading

from cachetools import LRUCache
from fastapi import Request, Response

_ROOM = 32 * 2**20
"""Bytes of zipped answers: some ten thousand boards."""
_LEVEL = 5


class AnswerCache:
    """The answers of one process; the least recently used make room."""

    def __init__(self, room: int = _ROOM) -> None:
        self._zipped: LRUCache[str, bytes] = LRUCache(room, getsizeof=len)
        self._lock = threading.Lock()

    def find(self, tag: str) -> bytes | None:
        """The zipped answer under that tag."""
        with self._lock:
            return self._zipped.get(tag)

    def keep(self, tag: str, body: bytes) -> bytes:
        """The answer zipped, cached under that tag unless it is larger than the whole cache."""
        zipped = gzip.compress(body, _LEVEL, mtime=0)
        with self._lock:
            if len(zipped) <= self._zipped.maxsize:
                self._zipped[tag] = zipped
        return zipped


def as_json(request: Request, zipped: bytes, headers: dict[str, str]) -> Response:
    """The answer, zipped to whoever can read that."""
    if "gzip" in request.headers.get("accept-encoding", ""):
        also = {"Vary": f"{headers['Vary']}, Accept-Encoding", "Content-Encoding": "gzip"}
        return Response(zipped, 200, headers | also, "application/json")
    return Response(gzip.decompress(zipped), 200, headers, "application/json")
