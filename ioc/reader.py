"""What reading commands share: settings without a gateway, a connection that can only read."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import typer
from pydantic import SecretStr, ValidationError

from connectors.errors import Abort
from connectors.spec import describe
from pipeline.settings import FILE, Settings, warehouse_url
from warehouse.kpis.errors import WrongQuestion
from warehouse.kpis.figure import round_half_up

if TYPE_CHECKING:
    from warehouse.reading import Connection


class ReaderSettings(Settings):
    """The settings without a gateway and its secrets, which a reader has no need of."""

    gateway_url: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("none")
    hmac_key: SecretStr = SecretStr("none")


def reader_settings() -> Settings:
    """The installation's settings. Raises Abort that names each wrong one."""
    try:
        return ReaderSettings()
    except ValidationError as error:
        raise Abort(f"Settings: {describe(error)} (IOC_… variables or {FILE})") from None
    except ValueError as error:
        raise Abort(f"{FILE}: {error}") from None


@contextmanager
def reader(settings: Settings) -> Iterator["Connection"]:
    """A connection that sees the serving views only. Raises Abort when they are not there."""
    import psycopg

    from warehouse.database import connect

    try:
        with connect(warehouse_url(settings), "reader") as connection:
            yield connection
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.InsufficientPrivilege,
    ) as error:
        raise Abort(
            f"The serving views are not this version's ({error.diag.message_primary}): run `ioc db migrate`"
        ) from None


@contextmanager
def questions() -> Iterator[None]:
    """Ends the command with exit code 2 and one line when the question itself is wrong."""
    try:
        yield
    except WrongQuestion as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def number(value: Decimal | None, decimals: int | None = None) -> int | float | None:
    """A number for tables and JSON: whole ones as such, others in full or rounded half up."""
    if value is None:
        return None
    if decimals is not None:
        value = round_half_up(value, decimals)
    return int(value) if value == value.to_integral_value() else float(value)
