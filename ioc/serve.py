"""`ioc serve`: the pages and the read API, in a process of their own."""

import gc
import logging
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import typer
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from hub.addresses import Address
from hub.errors import Abort, Invalid
from hub.installation import Installation
from hub.settings_file import FILE, FileSettings
from hub.translation import N_, msg
from hub.validation import describe
from ioc.output import err
from ioc.texts import say

_UNKNOWN = msg("there is no such setting; see docs/api.md")
_END = 10
"""Seconds that open answers have to end when the process is told to."""
_GARBAGE = 20_000
"""New objects after which the collector looks for cycles; a board makes some thousands, and none."""


def _public(address: str) -> str:
    parts = urlsplit(address)
    is_local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    is_whole = parts.path in ("", "/") and not (parts.query or parts.fragment)
    if address and not (parts.hostname and (parts.scheme == "https" or is_local) and is_whole):
        raise Invalid(msg("must be https:// and a host, without a path: https://ioc.example.vn"))
    return address


class ServeSettings(FileSettings):
    """Where and how the screens answer: `IOC_SERVE_…`, or the table [serve] of ioc.toml."""

    TABLE = "serve"

    model_config = SettingsConfigDict(
        env_prefix="IOC_SERVE_",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    host: str = "127.0.0.1"
    """Loopback: a proxy that ends HTTPS stands in front."""
    port: int = Field(default=8080, ge=0, le=65535)
    secure_cookies: bool = False
    """Browsers send cookies over HTTPS only; to be set where a proxy ends HTTPS."""
    proxies: str = "127.0.0.1"
    """Addresses of proxies whose X-Forwarded-… headers are believed, comma-separated."""
    connections: int = Field(default=8, ge=1, le=200)
    """Database connections for answers."""
    public_address: Annotated[Address, AfterValidator(_public)] = ""
    """Where browsers reach the screens, such as https://ioc.langson.gov.vn; needed with an identity provider."""
    oidc_issuer: Address = ""
    """Address of the province's identity provider; without it people sign in by password."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = "OpenID Connect"
    """What the button says."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.oidc_issuer and not self.public_address:
            raise Invalid(
                msg(
                    "public_address is missing: set the address at which browsers reach the screens, such as"
                    " https://ioc.example.vn; the identity provider sends people back there"
                ),
            )
        return self


def serve_settings() -> ServeSettings:
    """The installation's settings of the screens. Raises Abort that names each wrong one."""
    try:
        return ServeSettings()
    except ValidationError as error:
        wrong = describe(error, lambda _: _UNKNOWN)
        raise Abort(
            msg("Settings: {wrong} (IOC_SERVE_… variables or [serve] in {file})", wrong=wrong, file=FILE),
        ) from None


def application(settings: ServeSettings) -> Any:
    """The web application for this installation. Raises Abort when the database is not this version's."""
    from kpis.catalogue import Catalogue
    from screens.app import create_app
    from screens.database import ScreenSettings
    from screens.pages.oidc import Provider
    from screens.wall_file import read_boards
    from warehouse import trail
    from warehouse.database import connect, warehouse_url
    from warehouse.migrate import check

    installation = Installation.open()
    own, catalogue = installation.settings, Catalogue.of(installation)
    boards = read_boards(installation, catalogue.definitions)
    url = warehouse_url(own)
    check(url)
    with connect(url, "accounts") as keeper, connect(url, "reader") as reader:
        trail.note_settings(keeper, own, reader=reader)
        trail.note_settings(keeper, settings, "serve", reader)
    provider = None
    if settings.oidc_issuer:
        secret = settings.oidc_client_secret.get_secret_value()
        try:
            provider = Provider(
                settings.oidc_issuer, settings.oidc_client_id, secret, settings.public_address, settings.oidc_name
            )
        except Invalid as error:
            raise Abort(msg("{name}: {error}", name="IOC_SERVE_OIDC_ISSUER", error=error)) from None
    return create_app(
        ScreenSettings(
            url=url,
            province=own.codes[0] if len(own.codes) == 1 else None,
            catalogue=catalogue,
            installation=installation,
            boards=boards,
            secure_cookies=settings.secure_cookies,
            connections=settings.connections,
            landing=own.landing_address,
            now=own.now,
        ),
        provider,
    )


def serve(
    host: Annotated[str | None, typer.Option(help=N_("Address to listen on"))] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help=N_("Port; 0 = a free one"))] = None,
) -> None:
    """Serve the IOC screens and the API."""
    import uvicorn

    from screens.http_limits import server_config

    class Server(uvicorn.Server):
        """Prints its address once it answers; ends streams of events first, for they have no end of their own."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if self.started:
                gc.collect()
                gc.freeze()  # what was loaded stays: a tenth of an answer's time went into looking through it
                gc.set_threshold(_GARBAGE)
                address = f"http://{self.config.host}:{self.servers[0].sockets[0].getsockname()[1]}/"
                line = say("Screens and API: {address} (Ctrl+C to stop)", address=address)
                err.print(line, highlight=False)

        async def shutdown(self, sockets: Any = None) -> None:
            app.state.versions.close()
            await super().shutdown(sockets)

    settings = serve_settings()
    app = application(settings)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    server = Server(
        server_config(
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
    server.run()
    if not server.started:
        raise Abort(
            msg(
                "cannot listen on {host}:{port}: is the port taken? (IOC_SERVE_PORT)",
                host=server.config.host,
                port=server.config.port,
            ),
        )
