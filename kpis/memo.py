"""What many figures of one snapshot ask alike, asked once: the province, its areas, how far data reach, definitions."""

from collections.abc import Callable, Hashable
from typing import Any, Concatenate, ParamSpec, TypeVar

from warehouse.serving import Connection

P = ParamSpec("P")
T = TypeVar("T")


Known = dict[Hashable, Any]
"""Answers by function and arguments. Whoever takes one does not change it."""


class Once:
    """Remembers what was read on one connection. Only for as long as nobody minds that an answer stays the same, such
    as one snapshot or one question; `known` is what was read in others of the same state, within the same rights."""

    def __init__(self, connection: Connection, known: Known | None = None) -> None:
        self.connection = connection
        self._known: Known = {} if known is None else known

    def __call__(self, ask: Callable[Concatenate[Connection, P], T], *asked: P.args, **named: P.kwargs) -> T:
        """`ask(connection, *asked)`, or its answer of the last time; what it raises is not remembered."""
        key = (ask, asked, tuple(sorted(named.items()))) if named else (ask, asked)
        if key not in self._known:
            self._known[key] = ask(self.connection, *asked, **named)
        found: T = self._known[key]
        return found

    def derived(self, make: Callable[Concatenate["Once", P], T], *asked: P.args, **named: P.kwargs) -> T:
        """`make(self, *asked)`, or its answer of the last time: what is made of other answers."""
        key = (make, asked, tuple(sorted(named.items()))) if named else (make, asked)
        if key not in self._known:
            self._known[key] = make(self, *asked, **named)
        found: T = self._known[key]
        return found
