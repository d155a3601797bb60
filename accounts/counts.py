"""How many accounts are open on a day, for the hub's own indicator; who they are is told to nobody."""

from datetime import date

import psycopg

from accounts.account_roles import ROLES, Role


def open_accounts(connection: psycopg.Connection, province: str, day: date) -> dict[Role, int]:
    """Accounts of each role that were made on or before the day and not closed by its end, in Vietnam's time; nothing
    where none had been made by then. As the loader.

    Accounts belong to the hub and not to a province: those count that may see it, or a part of it. One that was opened
    again counts as if it had never been closed, since an account keeps only since when it is closed now.
    """
    rows = connection.execute("select * from access.open_accounts(%s, %s)", [province, day]).fetchall()
    counted: dict[str, int] = dict(rows)
    return {role: counted.get(role, 0) for role in ROLES} if counted else {}
