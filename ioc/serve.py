"""`ioc serve`: the pages and the read API, in a process of their own."""

import logging
from typing import Annotated, Any

import typer
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from connectors.errors import Abort
from connectors.spec import describe
from ioc.output import err
from ioc.reader import reader_settings
from ioc.texts import say
from pipeline.settings import FILE, SourceSettings, installed_sources, warehouse_url

_END = 10
"""Seconds that open answers have to end when the process is told to."""


class ServeSettings(SourceSettings):
    """Where and how the screens answer: `IOC_SERVE_…`."""

    model_config = SettingsConfigDict(env_prefix="IOC_SERVE_", toml_file=FILE, extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    """Loopback: a proxy that ends HTTPS stands in front."""
    port: int = Field(default=8080, ge=0, le=65535)
    secure_cookies: bool = False
    """Browsers send cookies over HTTPS only; to be set where a proxy ends HTTPS."""
    proxies: str = "127.0.0.1"
    """Addresses of proxies whose X-Forwarded-… headers are believed, comma-separated."""
    connections: int = Field(default=8, ge=1, le=200)
    """Database connections for answers."""


def serve_settings() -> ServeSettings:
    """The installation's settings of the screens. Raises Abort that names each wrong one."""
    try:
        return ServeSettings()
    except ValidationError as error:
        raise Abort(f"Settings: {describe(error)} (IOC_SERVE_… variables)") from None


def application(settings: ServeSettings) -> Any:
    """The web application for this installation. Raises Abort when the database is not this version's."""
    from screens.app import create_app
    from screens.database import Settings
    from warehouse.migrate import check

    own = reader_settings()
    url = warehouse_url(own)
    check(url)
    return create_app(
        Settings(
            url=url,
            province=own.province or None,
            sources=installed_sources(),
            secure_cookies=settings.secure_cookies,
            connections=settings.connections,
        )
    )


def serve(
    host: Annotated[str | None, typer.Option(help="Địa chỉ lắng nghe / address to listen on")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Cổng; 0 = cổng trống / port; 0 = a free one")
    ] = None,
) -> None:
    """Chạy màn hình IOC và API / serve the IOC screens and the API. Ends gracefully on SIGINT and SIGTERM."""
    import uvicorn

    settings = serve_settings()
    app = application(settings)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host or settings.host,
            port=settings.port if port is None else port,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.proxies,
            timeout_graceful_shutdown=_END,
            log_config=None,
        )
    )
    _announce(server)
    server.run()
    if not server.started:
        raise Abort(
            say(
                f"Không lắng nghe được ở {server.config.host}:{server.config.port}: cổng đang bận? (IOC_SERVE_PORT)",
                f"cannot listen on {server.config.host}:{server.config.port}: is the port taken? (IOC_SERVE_PORT)",
            )
        )


def _announce(server: Any) -> None:
    """Say the address once it answers."""
    startup = server.startup

    async def told(sockets: Any = None) -> None:
        await startup(sockets)
        if server.started:
            port = server.servers[0].sockets[0].getsockname()[1]
            err.print(
                say(
                    f"Màn hình và API: http://{server.config.host}:{port}/ (Ctrl+C để dừng)",
                    f"Screens and API: http://{server.config.host}:{port}/ (Ctrl+C to stop)",
                ),
                markup=False,
                highlight=False,
            )

    server.startup = told
