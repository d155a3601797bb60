"""A bounded memory of answers, so that reading the same pages again costs next to nothing."""

from collections import OrderedDict

from gateway.wire import Answer


class PageCache:
    """Forgets the answers longest unused when bodies, plain and zipped, exceed ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self._size = 0

    def get(self, key: bytes) -> Answer | None:
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: bytes, answer: Answer) -> None:
        if answer.keep and key not in self._answers:
            self._answers[key] = answer
            self._grow(len(answer.body))

    def gzipped(self, answer: Answer) -> bytes:
        """The answer's zipped body, counted against the limit when the answer is kept."""
        fresh = answer.zipped is None
        zipped = answer.gzipped()
        if fresh and answer.keep:
            self._grow(len(zipped))
        return zipped

    def clear(self) -> None:
        self._answers.clear()
        self._size = 0

    def _grow(self, size: int) -> None:
        self._size += size
        while self._size > self._limit and self._answers:
            _, oldest = self._answers.popitem(last=False)
            self._size -= len(oldest.body) + len(oldest.zipped or b"")
