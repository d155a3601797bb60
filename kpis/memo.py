"""What many figures of one snapshot ask alike, asked once: the province, its areas, how far data reach, definitions."""

from collections.abc import Callable, Hashable
from typing import Any, Concatenate, ParamSpec, TypeVar

from warehouse.serving import Connection

P = ParamSpec("P")
T = TypeVar("T")


class Once:
    """Remembers what was read on one connection. Only for as long as nobody minds that an answer stays the same, such
    as one snapshot or one question."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._known: dict[Hashable, Any] = {}

    def __call__(self, ask: Callable[Concatenate[Connection, P], T], *asked: P.args, **named: P.kwargs) -> T:
        """`ask(connection, *asked)`, or its answer of the last time; what it raises is not remembered."""
        key = (ask, asked, tuple(sorted(named.items()))) if named else (ask, asked)
        if key not in self._known:
            self._known[key] = ask(self.connection, *asked, **named)
        found: T = self._known[key]
        return found
