"""What is asked alike by many answers, read once for each state of the data: how far feeds are loaded, areas, names.

It is the same for all who have the same rights until something is published, and much of it takes all batches of a
province to tell. State and rights are what the database says inside the snapshot, so that an answer never holds what
was read of another state.
"""

import threading

from cachetools import TTLCache

from kpis.memo import Known, Once
from warehouse.serving import Connection

_RIGHTS = 64
"""Rights within which answers are kept, of the newest state that was read within them: some megabytes each."""
_MOST = 5_000
"""Answers of one of these that are kept: there are as many as areas that are asked for."""
_LONGEST = 300.0
"""Seconds after which all is read again."""


class StateMemo:
    """The answers of one process, by rights."""

    def __init__(self) -> None:
        self._known: TTLCache[str, tuple[int, Known]] = TTLCache(_RIGHTS, _LONGEST)
        self._lock = threading.Lock()

    def once(self, connection: Connection) -> Once:
        """What is known in the state of this connection's snapshot, within the rights of its account; nothing to an
        account that was disabled meanwhile."""
        row = connection.execute("select version, rights from serving.reading_state()").fetchone()
        if row is None:
            return Once(connection)
        version, rights = row
        with self._lock:
            newest, known = self._known.get(rights, (-1, {}))
            if version < newest:  # a snapshot that began before others
                known = {}
            elif version > newest or len(known) > _MOST:
                known = {}
                self._known[rights] = version, known
        once = Once(connection, known)
        connection.execute("select set_config('ioc.named_areas', %s, true)", [once(_named_areas)])
        return once


def _named_areas(connection: Connection) -> str:
    """Which areas the account may know by name: its policies ask for them in every statement over areas."""
    row = connection.execute("select serving.named_areas()").fetchone()
    return str(row[0]) if row else ""
