"""Settings: `IOC_…` variables, or `ioc.toml` in the working directory."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from connectors.errors import Abort
from connectors.spec import Source, describe, load_sources

FILE = "ioc.toml"


class SourceSettings(BaseSettings):
    """Where the sources are described: all that listing them needs. Variables win over the file."""

    model_config = SettingsConfigDict(env_prefix="IOC_", toml_file=FILE, extra="ignore", frozen=True)

    sources: Path | None = None
    """Folder of the installation's own source specifications, beside those that come with the hub."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


class Settings(SourceSettings):
    """What an installation says of itself."""

    warehouse_url: str | None = None
    """postgresql+psycopg://user:password@host/database; without it the embedded server is used."""
    state: Path = Path(".ioc")
    """Folder of what the hub itself keeps: the embedded server, the landing, logs."""
    landing: str | None = None
    """Folder or fsspec address of the landed pages; `landing` in the state folder without it."""
    gateway_url: str = Field(min_length=1)
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    hmac_key: SecretStr
    province: str = "H37"
    area: str = "20"
    gateway_timeout: float = Field(default=15.0, gt=0)
    """Seconds of silence after which a call is cut off."""

    @field_validator("client_secret", "hmac_key")
    @classmethod
    def _not_empty(cls, secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value():
            raise ValueError("is empty")
        return secret

    @field_validator("warehouse_url")
    @classmethod
    def _driver(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith("postgresql+psycopg://"):
            raise ValueError("must begin with postgresql+psycopg://")
        return url

    @property
    def landing_address(self) -> str:
        return self.landing or str(self.state.absolute() / "landing")


def load_settings() -> Settings:
    """The installation's settings. Raises Abort that names each missing or wrong one, and where to set it."""
    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors():
            if fault["type"] == "missing":
                name = str(fault["loc"][0])
                raise Abort(f"IOC_{name.upper()} is not set; set the variable, or {name} in {FILE}") from None
        raise Abort(f"Settings: {describe(error)} (IOC_… variables or {FILE})") from None
    except ValueError as error:
        raise Abort(f"{FILE}: {error}") from None


def installed_sources() -> dict[str, Source]:
    """The sources of this installation, by name: the hub's and its own."""
    try:
        return load_sources(SourceSettings().sources)
    except ValueError as error:
        raise Abort(f"{FILE}: {error}") from None


def warehouse_url(settings: Settings) -> str:
    """The configured database, or the embedded server's, which is started if need be."""
    from warehouse import server  # noqa: PLC0415 - DAG files read the settings too, and need no database

    return settings.warehouse_url or server.start(settings.state)
