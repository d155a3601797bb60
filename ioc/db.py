"""`ioc db`: the warehouse's database, embedded or at IOC_WAREHOUSE_URL."""

from pathlib import Path
from typing import Annotated

import typer

from hub.errors import Abort, HubError
from hub.installation import Installation
from ioc.command_line import App
from ioc.output import Json, print_json
from ioc.texts import say, told
from warehouse.database import warehouse_url

AsJson = Annotated[bool, Json]

app = App("Cơ sở dữ liệu của kho / the warehouse's database")


@app.command()
def start(json: AsJson = False) -> None:
    """Khởi động PostgreSQL nhúng / start the embedded PostgreSQL."""
    from warehouse import embedded_server

    state = _embedded()
    _tell(say("Đang khởi động PostgreSQL…", "Starting PostgreSQL…"))
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
    typer.echo(say(f"PostgreSQL đang chạy: {found.address}", f"PostgreSQL runs: {found.address}"))
    typer.echo(say(f"Mật khẩu ở tệp: {password}", f"Password in file: {password}"))
    typer.echo(say(f"Dữ liệu: {found.data}", f"Data: {found.data}"))
    typer.echo(say(f"Nhật ký: {found.log}", f"Log: {found.log}"))


@app.command()
def stop(json: AsJson = False) -> None:
    """Dừng PostgreSQL nhúng, dữ liệu vẫn còn / stop the embedded PostgreSQL, its data stay."""
    from warehouse import embedded_server

    stopped = embedded_server.stop(_embedded())
    if json:
        print_json({"stopped": stopped})
    elif stopped:
        typer.echo(say("Đã dừng PostgreSQL.", "PostgreSQL stopped."))
    else:
        typer.echo(say("PostgreSQL vốn không chạy.", "PostgreSQL was not running."))


@app.command()
def migrate(json: AsJson = False) -> None:
    """Tạo hoặc nâng cấp lược đồ, nạp danh mục / make or upgrade the schema, load reference data."""
    from kpis.catalogue import Catalogue
    from warehouse import migrate as migration

    installation = Installation.open()
    fields = Catalogue.of(installation).fields
    url = warehouse_url(installation.settings)
    before, needed = migration.revisions(url)
    if before is None:
        _tell(say(f"Đang tạo lược đồ {needed}…", f"Making schema {needed}…"))
    elif before == needed:
        _tell(say("Lược đồ đã mới nhất; đang nạp lại danh mục…", "Schema is up to date; loading reference data…"))
    else:
        _tell(say(f"Đang nâng cấp lược đồ {before} → {needed}…", f"Upgrading schema {before} → {needed}…"))
    migration.migrate(url, installation, fields)
    address = _without_password(url)
    if json:
        print_json({"address": address, "before": before, "schema": needed})
    else:
        typer.echo(say(f"Lược đồ {needed} đã sẵn sàng: {address}", f"Schema {needed} is ready: {address}"))


@app.command()
def status(json: AsJson = False) -> None:
    """Cho biết cơ sở dữ liệu có dùng được không / tell whether the database can be used; exit code 3 if not."""
    from warehouse import embedded_server
    from warehouse import migrate as migration

    settings = Installation.open().settings
    address = schema = fault = None
    try:
        if settings.warehouse_url is None and not embedded_server.status(settings.state).running:
            raise Abort(
                "PostgreSQL nhúng không chạy: hãy chạy `ioc db start`",
                "the embedded PostgreSQL is not running: run `ioc db start`",
            )
        url = warehouse_url(settings)
        address = _without_password(url)
        schema, _ = migration.revisions(url)
        migration.check(url)
    except HubError as error:
        fault = told(error)
    if json:
        print_json({"usable": fault is None, "address": address, "schema": schema, "fault": fault})
    else:
        typer.echo(fault or say(f"Dùng được: {address}, lược đồ {schema}", f"Ready: {address}, schema {schema}"))
    if fault:
        raise typer.Exit(3)


def _embedded() -> Path:
    """The state folder of the embedded server. Raises Abort when another server is configured."""
    settings = Installation.open().settings
    if settings.warehouse_url is not None:
        raise Abort(
            "IOC_WAREHOUSE_URL chỉ tới một máy chủ khác: hãy khởi động và dừng ở đó, hoặc bỏ biến này",
            "IOC_WAREHOUSE_URL names a server of its own: start and stop it there, or unset the variable",
        )
    return settings.state


def _without_password(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url)._replace(password=None).render_as_string()


def _tell(text: str) -> None:
    typer.echo(text, err=True)
