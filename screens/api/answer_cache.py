"""Cache of whole answers, by what they depend on: the same request within the same rights is given the same bytes.

An answer's tag names data version, rights, question and language (ApiCall.revalidate), so that nothing has to be
removed when data change: the old tag is not asked for any more. The caller and its rights were checked before.
"""

import gzip
import threading
from typing import NamedTuple

from cachetools import LRUCache
from fastapi import Request, Response

_ROOM = 32 * 2**20
"""Bytes of zipped answers: some ten thousand boards."""
_LEVEL = 3
"""A board takes a third of the time that level 5 takes, and an eighth more bytes."""


class CachedAnswer(NamedTuple):
    """An answer as it is kept."""

    zipped: bytes
    about_persons: frozenset[str]
    """KPIs about persons of which it holds figures: each time that it is given is logged."""


class AnswerCache:
    """The answers of one process; the least recently used make room."""

    def __init__(self, room: int = _ROOM) -> None:
        self._answers: LRUCache[str, CachedAnswer] = LRUCache(room, getsizeof=lambda answer: len(answer.zipped))
        self._lock = threading.Lock()

    def find(self, tag: str) -> CachedAnswer | None:
        """The answer under that tag."""
        with self._lock:
            return self._answers.get(tag)

    def keep(self, tag: str, body: bytes, about_persons: frozenset[str] = frozenset()) -> CachedAnswer:
        """The answer zipped, cached under that tag unless it is larger than the whole cache."""
        answer = CachedAnswer(gzip.compress(body, _LEVEL, mtime=0), about_persons)
        with self._lock:
            if len(answer.zipped) <= self._answers.maxsize:
                self._answers[tag] = answer
        return answer


def as_json(request: Request, zipped: bytes, headers: dict[str, str]) -> Response:
    """The answer, zipped to whoever can read that."""
    if "gzip" in request.headers.get("accept-encoding", ""):
        also = {"Vary": f"{headers['Vary']}, Accept-Encoding", "Content-Encoding": "gzip"}
        return Response(zipped, 200, headers | also, "application/json")
    return Response(gzip.decompress(zipped), 200, headers, "application/json")
