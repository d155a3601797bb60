"""What `ioc account` and `ioc key` share: the connection, and passwords that never come as arguments."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from hub.errors import Abort
from hub.installation import Installation
from hub.translation import msg
from ioc.texts import say

if TYPE_CHECKING:
    from accounts.caller import Connection


@contextmanager
def access(role: str = "accounts") -> Iterator["Connection"]:
    """A connection that keeps accounts; what was done is committed at the end, or nothing is.

    Raises Abort when the schema is not this version's.
    """
    import psycopg

    from warehouse.database import connect, warehouse_url

    try:
        with connect(
            warehouse_url(Installation.open().settings), "owner" if role == "owner" else "accounts"
        ) as connection:
            yield connection
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        raise Abort(
            msg(
                "The schema is not this version's ({message_primary}): run `ioc db migrate`",
                message_primary=error.diag.message_primary,
            ),
        ) from None


def read_password(login: str) -> str:
    """A password from a prompt, asked twice, or the first line of stdin where that is no terminal."""
    if sys.stdin.isatty():
        entered: str = typer.prompt(
            say("New password of {login}", login=login),
            hide_input=True,
            confirmation_prompt=say("Again"),
            err=True,
        )
        return entered
    try:
        password = sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Abort(msg("the first line of stdin is not written in UTF-8")) from None
    if not password:
        raise Abort(
            msg("no password given: write it as the first line of stdin, or run the command in a terminal"),
        )
    return password


def plain(record: Any) -> dict[str, Any]:
    """A record for JSON and tables: moments as text, to the second."""
    return {
        key: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
        for key, value in asdict(record).items()
    }


def listed(codes: list[str] | None) -> str:
    """Codes in a cell; None is all."""
    return say("all") if codes is None else ", ".join(codes)
