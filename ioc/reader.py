"""What reading commands share: settings without a gateway, a connection that can only read."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from hub.errors import Abort, WrongQuestion
from hub.installation import Installation
from hub.province_settings import WrongProvince
from hub.settings import Settings
from hub.translation import msg
from hub.units import round_half_up
from ioc.output import err
from ioc.texts import told, written

if TYPE_CHECKING:
    from warehouse.serving import Connection


def installation_of(province: str | None = None) -> Installation:
    """The installation with the settings of a province as a reader needs them: without a gateway and its secrets.

    Raises Abort that names each wrong one; ends in exit code 2 when several provinces are there and none is named.
    """
    with province_named():
        return Installation.open().for_province(province)


def reader_settings(province: str | None = None) -> Settings:
    """These settings alone. Raises as `installation_of`."""
    return installation_of(province).settings


def installation_with_gateway(province: str | None = None) -> Installation:
    """The same with all that a call to the province's gateway needs. Raises as `installation_of`."""
    with province_named():
        return Installation.open().with_gateway(province)


@contextmanager
def province_named() -> Iterator[None]:
    """Makes a usage error of a province that is not named or not there."""
    try:
        yield
    except WrongProvince as error:
        raise typer.BadParameter(told(error), param_hint="--province") from None


@contextmanager
def reader(settings: Settings) -> Iterator["Connection"]:
    """A connection that sees the serving views only. Raises Abort when they are not there."""
    import psycopg

    from warehouse.database import connect, warehouse_url

    try:
        with connect(warehouse_url(settings), "reader") as connection:
            yield connection
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.InsufficientPrivilege,
    ) as error:
        raise Abort(
            msg(
                "The serving views are not this version's ({message_primary}): run `ioc db migrate`",
                message_primary=error.diag.message_primary,
            ),
        ) from None


@contextmanager
def questions() -> Iterator[None]:
    """Ends the command with exit code 2 and one line when the question itself is wrong."""
    try:
        yield
    except WrongQuestion as error:
        err.print(f"✗ {told(error)}", style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None


def number(value: Decimal | None, decimals: int | None = None) -> int | float | None:
    """A number for tables, which write it in their language, and for JSON: whole ones as such, others in full or
    rounded half up."""
    if value is None:
        return None
    if decimals is not None:
        value = round_half_up(value, decimals)
    return int(value) if value == value.to_integral_value() else float(value)


def amount(value: Decimal | None, decimals: int | None = None, sign: str = "") -> str | None:
    """The same as people write it."""
    found = number(value, decimals)
    return None if found is None else written(found, sign)
