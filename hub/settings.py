"""Settings: `IOC_…` variables, or `ioc.toml` in the working directory. Variables win over the file."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from hub.errors import Abort, Invalid, Text
from hub.validation import describe

FILE = "ioc.toml"
_NO_SECRET = SecretStr("")
_UNKNOWN = Text("không có mục này; xem docs/installation.md", "there is no such setting; see docs/installation.md")
_GATEWAY = ("gateway_url", "client_id", "client_secret")
_OF_ONE = ("province", "area", *_GATEWAY)
"""The short form: settings of the only province."""


class WrongProvince(Abort):
    """The asked province is not in the settings, or none was asked for and there are several."""


class Province(BaseModel):
    """A province of this hub and the way to its gateway."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[A-Z]\d{2}$")
    area: str = Field(pattern=r"^\d{2}$")
    gateway_url: str = ""
    client_id: str = ""
    client_secret: SecretStr = _NO_SECRET
    sources: tuple[str, ...] | None = None
    """Sources that the province has; all without it."""


class Settings(BaseSettings):
    """What an installation says of itself. Of its provinces either one, by single settings, or a list.

    A part of the hub may know less than another (who reads needs no gateway), so that what is needed is checked by
    who needs it: `for_province`, `load_settings`.
    """

    model_config = SettingsConfigDict(
        env_prefix="IOC_", env_ignore_empty=True, toml_file=FILE, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    warehouse_url: str | None = None
    """postgresql+psycopg://user:password@host/database; without it the embedded server is used."""
    state: Path = Path(".ioc")
    """Folder of what the hub itself keeps: the embedded server, the landing, logs."""
    landing: str | None = None
    """Folder or fsspec address of the landed pages; `landing` in the state folder without it."""
    sources: Path | None = None
    """Folder of the installation's own source specifications, beside those that come with the hub."""
    kpis: Path | None = None
    """Folder of the installation's own KPI definitions, beside those that come with the hub."""
    hmac_key: SecretStr = _NO_SECRET
    """Key of the hashes that stand for personal fields, one for the hub: provinces are kept apart by their rows."""
    gateway_timeout: float = Field(default=15.0, gt=0)
    """Seconds of silence after which a call is cut off."""

    province: str = "H37"
    area: str = "20"
    gateway_url: str = ""
    client_id: str = ""
    client_secret: SecretStr = _NO_SECRET
    provinces: tuple[Province, ...] = ()
    client_secrets: dict[str, SecretStr] = {}
    """Secrets by province, for those whose entry in the list has none: they can then be kept from the list's readers,
    such as Airflow's DAG processor."""

    now: AwareDatetime | None = None
    """Moment that is taken for now where it is judged what is late and what is official: to try simulated data whose
    clock stands still. Pages say so. What really happens, such as a load, keeps its real time."""

    government_url: str = ""
    """The Government's IOC; each province's own gateway without it."""
    government_kpis: Annotated[tuple[str, ...] | None, NoDecode] = None
    """KPIs that are sent there; those that their definitions mark without it."""

    serve: object = Field(default=None, repr=False)
    """The table of the screens, which only `ioc serve` reads; named so that any other unknown key is a fault."""

    @field_validator("warehouse_url")
    @classmethod
    def _driver(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith("postgresql+psycopg://"):
            raise Invalid("phải bắt đầu bằng postgresql+psycopg://", "must begin with postgresql+psycopg://")
        return url

    @field_validator("government_kpis", mode="before")
    @classmethod
    def _names(cls, said: object) -> object:
        return [name.strip() for name in said.split(",") if name.strip()] if isinstance(said, str) else said

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        codes = [province.code for province in self.provinces]
        if self.province != type(self).model_fields["province"].default and "area" not in self.model_fields_set:
            raise Invalid(
                f"province là {self.province}, nhưng chưa đặt area: hãy đặt cả mã địa bàn của tỉnh",
                f"province is {self.province}, and area is not set: set its area code, too",
            )
        if codes and (single := [name for name in _OF_ONE if name in self.model_fields_set]):
            listed, short = ", ".join(codes), ", ".join(single)
            raise Invalid(
                f"provinces liệt kê {listed}, còn {short} là dạng ngắn cho một tỉnh: chỉ giữ một dạng",
                f"provinces lists {listed}, and {short} is the short form of one: keep one form",
            )
        if twice := ", ".join(sorted({code for code in codes if codes.count(code) > 1})):
            raise Invalid(
                f"provinces liệt kê {twice} hai lần: chỉ giữ một mục", f"provinces lists {twice} twice: keep one entry"
            )
        if lost := ", ".join(sorted(set(self.client_secrets) - set(codes))):
            raise Invalid(
                f"client_secrets nêu {lost}, không có trong provinces",
                f"client_secrets names {lost}, which provinces does not list",
            )
        for province in self.provinces:
            if province.code in self.client_secrets and _said(province.client_secret):
                raise Invalid(
                    f"{province.code} vừa có client_secret, vừa có trong client_secrets: chỉ giữ một",
                    f"{province.code} has a client_secret and one in client_secrets: keep one",
                )
        return self

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

    @property
    def landing_address(self) -> str:
        return self.landing or str(self.state.absolute() / "landing")

    @property
    def codes(self) -> list[str]:
        """Codes of the hub's provinces."""
        return [province.code for province in self.provinces] or [self.province]

    def for_province(self, code: str | None = None) -> "Settings":
        """The settings of one province: `province`, `area` and the way to its gateway are its own.

        Without a code the only one is meant. Raises WrongProvince that lists those there are.
        """
        if code is None and len(self.codes) > 1:
            raise WrongProvince(
                f"Hệ thống có các tỉnh {', '.join(self.codes)}: hãy nêu một tỉnh",
                f"This hub has the provinces {', '.join(self.codes)}: name one of them",
            )
        if code is not None and code not in self.codes:
            raise WrongProvince(
                f"Cấu hình của hệ thống không có tỉnh {code!r}; hiện có {', '.join(self.codes)}",
                f"This hub's settings name no province {code!r}; there are {', '.join(self.codes)}",
            )
        for province in self.provinces:
            if province.code == (code or self.codes[0]):
                said = {name: getattr(province, name) for name in ("area", *_GATEWAY)}
                said["client_secret"] = self.client_secrets.get(province.code, province.client_secret)
                return self.model_copy(update={"province": province.code, **said})
        return self

    def missing(self) -> Abort | None:
        """What a province's settings lack to reach its gateway, and where to say it; None when nothing."""
        for name in (*_GATEWAY, "hmac_key"):
            if _said(getattr(self, name)):
                continue
            if self.provinces and name != "hmac_key":
                is_secret = name == "client_secret"
                return Abort(
                    f"Tỉnh {self.province} chưa có {name}; hãy thêm vào mục của tỉnh trong provinces"
                    + (", hoặc vào client_secrets" if is_secret else ""),
                    f"Province {self.province} has no {name}; add it to its entry in provinces"
                    + (", or to client_secrets" if is_secret else ""),
                )
            return Abort(
                f"Chưa đặt IOC_{name.upper()}; hãy đặt biến này, hoặc {name} trong {FILE}",
                f"IOC_{name.upper()} is not set; set the variable, or {name} in {FILE}",
            )
        return None


def hub_settings() -> Settings:
    """The installation's settings, of no province in particular; from then on this process knows its own KPIs.

    Raises Abort that names each wrong one.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        said = describe(error, lambda _: _UNKNOWN)
        raise Abort(
            f"Cấu hình: {said.vi} (biến IOC_… hoặc {FILE})", f"Settings: {said.en} (IOC_… variables or {FILE})"
        ) from None
    except SettingsError as error:
        raise Abort(
            f"Cấu hình: {error}; danh sách trong biến IOC_… phải viết dạng JSON",
            f"Settings: {error}; lists in IOC_… variables are JSON",
        ) from None
    except ValueError as error:
        raise Abort(f"{FILE} không phải TOML hợp lệ: {error}", f"{FILE} is no valid TOML: {error}") from None
    if settings.kpis is not None:
        from kpis.definition import use_own  # noqa: PLC0415 - as in warehouse_url

        use_own(settings.kpis)
    return settings


def load_settings(province: str | None = None) -> Settings:
    """The settings of a province, with all that a call to its gateway needs. Raises Abort that names what is missing
    or wrong and where to set it; WrongProvince as `for_province`."""
    settings = hub_settings().for_province(province)
    if missing := settings.missing():
        raise missing
    return settings


def _said(value: str | SecretStr) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
