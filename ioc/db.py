"""`ioc db`: the warehouse's database, embedded or at IOC_WAREHOUSE_URL."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import Abort, HubError
from hub.installation import Installation
from hub.translation import N_, msg
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_text
from ioc.texts import say, told

if TYPE_CHECKING:
    from accounts.bi_logins import Enforcement

AsJson = Annotated[bool, Json]

app = App(N_("The warehouse's database"))


@app.command()
def start(json: AsJson = False) -> None:
    """Start the embedded PostgreSQL."""
    from warehouse import embedded_server

    state = _embedded()
    _tell(say("Starting PostgreSQL…"))
    embedded_server.start(state)
    found = embedded_server.status(state)
    password = found.log.with_name("password")
    if json:
        print_json(
            {
                "address": found.address,
                "password_file": str(password),
                "data": str(found.data),
                "log": str(found.log),
            }
        )
        return
    print_text(say("PostgreSQL runs: {address}", address=found.address))
    print_text(say("Password in file: {password}", password=password))
    print_text(say("Data: {data}", data=found.data))
    print_text(say("Log: {log}", log=found.log))


@app.command()
def stop(json: AsJson = False) -> None:
    """Stop the embedded PostgreSQL, its data stay."""
    from warehouse import embedded_server

    stopped = embedded_server.stop(_embedded())
    if json:
        print_json({"stopped": stopped})
    elif stopped:
        print_text(say("PostgreSQL stopped."))
    else:
        print_text(say("PostgreSQL was not running."))


@app.command()
def migrate(json: AsJson = False) -> None:
    """Make or upgrade the schema, load reference data."""
    from accounts import bi_logins
    from kpis.catalogue import Catalogue
    from kpis.inputs import note_first
    from warehouse import migrate as migration
    from warehouse.database import connect, warehouse_url, without_password

    installation = Installation.open()
    catalogue = Catalogue.of(installation)
    url = warehouse_url(installation.settings)
    before, needed = migration.revisions(url)
    if before is None:
        _tell(say("Making schema {needed}…", needed=needed))
    elif before == needed:
        _tell(say("Schema is up to date; loading reference data…"))
    else:
        _tell(say("Upgrading schema {before} → {needed}…", before=before, needed=needed))
    ended = migration.migrate(url, installation, catalogue.fields)
    with connect(url, "owner") as connection:
        note_first(connection, installation, catalogue)
        connection.commit()
        logins = bi_logins.enforce(connection)
    address = without_password(url)
    if json:
        bi = {"ended": ended, "restored": logins.restored, "refused": logins.refused}
        print_json({"address": address, "before": before, "schema": needed, "bi_logins": bi})
    else:
        _tell_logins(ended, logins)
        print_text(say("Schema {needed} is ready: {address}", needed=needed, address=address))


@app.command()
def status(json: AsJson = False) -> None:
    """Tell whether the database can be used; exit code 3 if not."""
    from warehouse import embedded_server
    from warehouse import migrate as migration
    from warehouse.database import warehouse_url, without_password

    settings = Installation.open().settings
    address = schema = fault = None
    try:
        if settings.warehouse_url is None and not embedded_server.status(settings.state).running:
            raise Abort(
                msg("the embedded PostgreSQL is not running: run `ioc db start`"),
            )
        url = warehouse_url(settings)
        address = without_password(url)
        schema, _ = migration.revisions(url)
        migration.check(url)
    except HubError as error:
        fault = told(error)
    if json:
        print_json({"usable": fault is None, "address": address, "schema": schema, "fault": fault})
    else:
        print_text(fault or say("Ready: {address}, schema {schema}", address=address, schema=schema))
    if fault:
        raise typer.Exit(3)


def _tell_logins(ended: list[str], logins: "Enforcement") -> None:
    """What was done to BI logins."""
    if ended:
        _tell(say("Sessions of BI logins that held the migration up were ended: {logins}", logins=", ".join(ended)))
    if logins.restored:
        _tell(say("Settings of BI logins were set back: {logins}", logins=", ".join(logins.restored)))
    if logins.refused:
        _tell(
            say(
                "Settings of BI logins could not be set back: {logins}. Try again; where the hub may not change them,"
                " `ioc account bi` gives the SQL for an administrator",
                logins=", ".join(logins.refused),
            )
        )


def _embedded() -> Path:
    """The state folder of the embedded server. Raises Abort when another server is configured."""
    settings = Installation.open().settings
    if settings.warehouse_url is not None:
        raise Abort(
            msg("IOC_WAREHOUSE_URL names a server of its own: start and stop it there, or unset the variable"),
        )
    return settings.state


def _tell(text: str) -> None:
    err.print(text, highlight=False, soft_wrap=True)
