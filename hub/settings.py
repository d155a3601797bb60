"""Settings: `IOC_…` variables, or `ioc.toml` in the installation's folder. Variables win over the file."""

import os
import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from hub.errors import Abort, Invalid
from hub.suggestions import nearest
from hub.translation import msg

FILE = "ioc.toml"
_NO_SECRET = SecretStr("")
_GATEWAY = ("gateway_url", "client_id", "client_secret")
_OF_GATEWAY = (*_GATEWAY, "gateway_ca")
OF_ONE = ("province", "area", *_OF_GATEWAY, "agency")
"""The short form: settings of the only province."""
_PATHS = ("state", "sources", "kpis", "outlines", "gateway_ca", "audit_key", "audit_authority_ca")
_CREDENTIAL = re.compile(r"[?&;][^=&]*(secret|password|token|key|sig)[^=&]*=", re.IGNORECASE)
"""A parameter of an address that holds one."""
SHORTEST_KEY = 32
"""Characters that the key of the pseudonyms must have at least: 16 random bytes in hexadecimal digits."""


_PROVINCES = [f"H{number:02}" for number in range(1, 64)]
"""Organisation codes of the provinces, by decision 20/2020/QĐ-TTg."""


def check_province(code: str) -> None:
    """Raises Abort unless `code` is a province's organisation code."""
    if code not in _PROVINCES:
        near = nearest(code, _PROVINCES)
        raise Abort(msg("there is no province code {code!r}; {near}", code=code, near=near))


def _without_credentials(address: str) -> str:
    """Raises Invalid, which does not repeat them, where an address that messages and logs name holds credentials."""
    place = address.partition("://")[2] or address.lstrip()
    host = re.split("[/?#]", place)[0]
    has_password = "@" in place and ":" in host and not host.rpartition(":")[2].isdecimal()
    if "@" in host or has_password or _CREDENTIAL.search(place):
        raise Invalid(
            msg(
                "must hold no user, password or key, because messages and logs name the address: give those of a"
                " gateway as client_id and client_secret, those of a store of files in the variables of its own program"
            )
        )
    return address


Address = Annotated[str, AfterValidator(_without_credentials)]
"""Of a gateway or a store of files, without credentials."""


class WrongProvince(Abort):
    """The asked province is not in the settings, or none was asked for and there are several."""


class Agency(BaseModel):
    """The office in whose name reports are written, as its documents have it (Decree 30/2020): the table [agency]."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    superior: str = ""
    """The authority above it, written over its name; an office without one leaves it empty."""
    name: str = ""
    symbol: str = ""
    """What follows the number: BC-STTTT."""
    place: str = ""
    """Of the date line."""
    signed_by: tuple[str, ...] = ()
    """The title of who signs, a line each: KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC."""
    signer: str = ""
    """The name below the signature; empty where it is written by hand."""
    recipients: tuple[str, ...] = ()
    """Nơi nhận, a line each, without the archive (Lưu)."""
    archive: str = "VT"
    """Where the copy is kept: the last of the recipients."""

    def missing(self) -> list[str]:
        """The keys that a document needs and that are empty."""
        return [key for key in ("name", "symbol", "place", "signed_by", "recipients") if not getattr(self, key)]


class ProvinceSettings(BaseModel):
    """A province of this hub and the way to its gateway."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[A-Z]\d{2}$")
    area: str = Field(pattern=r"^\d{2}$")
    gateway_url: Address = ""
    gateway_ca: Path | None = None
    client_id: str = ""
    client_secret: SecretStr = _NO_SECRET
    sources: tuple[str, ...] | None = None
    """Sources that the province has; all without it."""
    agency: Agency = Agency()


class RetentionTimes(BaseModel):
    """How many days are kept what a source has delivered; for ever what has no number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    landing_days: int | None = Field(default=None, ge=1)
    """Landed pages, since they were last fetched."""
    quarantine_days: int | None = Field(default=None, ge=1)
    """The content of refused records; which rules they broke is kept."""


class _FileSource(InitSettingsSource):
    """`ioc.toml`, or one table of it, in the installation's folder: the one that is given, that IOC_INSTALLATION names,
    or the working directory. Relative paths in it start from that folder. Raises Abort when it cannot be read."""

    def __init__(self, settings_cls: type[BaseSettings], given: PydanticBaseSettingsSource, table: str | None) -> None:
        folder = Path(given().get("installation") or os.environ.get("IOC_INSTALLATION") or ".")
        file = folder / FILE
        try:
            found: dict[str, Any] = tomllib.loads(file.read_text("utf-8-sig")) if file.is_file() else {}
        except OSError as error:
            raise Abort(msg("{file} cannot be read: {strerror}", file=file, strerror=error.strerror)) from None
        except ValueError as error:
            raise Abort(msg("{file} is no valid TOML: {error}", file=file, error=error)) from None
        if table:
            found = found.get(table, {})
            if not isinstance(found, dict):
                raise Abort(msg("{file}: {table} must be a table: [{table}]", file=file, table=table))
        found |= _from_folder(found, folder)
        if isinstance(listed := found.get("provinces"), list):
            found["provinces"] = [one | _from_folder(one, folder) if isinstance(one, dict) else one for one in listed]
        super().__init__(settings_cls, found)


def _from_folder(said: dict[str, Any], folder: Path) -> dict[str, Path]:
    return {name: folder / said[name] for name in _PATHS if isinstance(said.get(name), str)}


class FileSettings(BaseSettings):
    """Settings that variables give, or `ioc.toml`: its top level, or its table `TABLE`. Variables win."""

    TABLE: ClassVar[str | None] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _FileSource(settings_cls, init_settings, cls.TABLE)


class Settings(FileSettings):
    """What an installation says of itself. Of its provinces either one, by single settings, or a list.

    A part of the hub may know less than another (who reads needs no gateway), so that what is needed is checked by
    who needs it: `for_province`, `missing`.
    """

    model_config = SettingsConfigDict(
        env_prefix="IOC_", env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    installation: Path = Path()
    """Folder of everything that is this installation's own; see hub.installation."""

    warehouse_url: str | None = None
    """postgresql+psycopg://user:password@host/database; without it the embedded server is used."""
    state: Path = Path(".ioc")
    """Folder of what the hub itself keeps: the embedded server, the landing, logs; in the installation's by default."""
    landing: Address | None = None
    """Folder or fsspec address of the landed pages; `landing` in the state folder without it."""
    sources: Path | None = None
    """Folder of the installation's own source specifications, beside those that come with the hub; `sources` in the
    installation's folder where there is one."""
    kpis: Path | None = None
    """Folder of the installation's own KPI definitions, likewise."""
    hmac_key: SecretStr = _NO_SECRET
    """Key of the hashes that stand for personal fields, one for the hub: provinces are kept apart by their rows."""
    gateway_timeout: float = Field(default=15.0, gt=0)
    """Seconds of silence after which a call is cut off."""

    province: str = Field(default="", pattern=r"^([A-Z]\d{2})?$")
    area: str = Field(default="", pattern=r"^(\d{2})?$")
    gateway_url: Address = ""
    gateway_ca: Path | None = None
    """PEM file of the certificate authorities that are trusted for the gateway, and for the Government's IOC, instead
    of the public ones."""
    client_id: str = ""
    client_secret: SecretStr = _NO_SECRET
    agency: Agency = Agency()
    provinces: tuple[ProvinceSettings, ...] = ()
    client_secrets: dict[str, SecretStr] = {}
    """Secrets by province, for those whose entry in the list has none: they can then be kept from the list's readers,
    such as Airflow's DAG processor."""

    retention: dict[str, RetentionTimes] = {}
    """By source; `default` is for those that are not named."""

    now: AwareDatetime | None = None
    """Moment that is taken for now where it is judged what is late and what is official: to try simulated data whose
    clock stands still. Pages say so. What really happens, such as a load, keeps its real time."""

    government_url: Address = ""
    """The Government's IOC; each province's own gateway without it."""
    government_kpis: Annotated[tuple[str, ...] | None, NoDecode] = None
    """KPIs that are sent there; those that their definitions mark without it."""

    audit_key: Path | None = None
    """File of the Ed25519 key that signs checkpoints of the audit trail; made by `ioc audit key`."""
    audit_origin: str = Field(default="", pattern=r"^[^\s+]*$")
    """Name under which this hub signs, unique in the world; made of the provinces' codes without it."""
    audit_anchors: Annotated[tuple[Address, ...], NoDecode] = ()
    """Folders, fsspec addresses and http addresses that get each checkpoint."""
    audit_witnesses: Annotated[tuple[str, ...], NoDecode] = ()
    """Verifier keys of witnesses whose cosignatures are taken."""
    audit_authority: Address = ""
    """Time stamp authority (RFC 3161)."""
    audit_authority_ca: Path | None = None
    """PEM file of the certificate authorities that its certificate must come from."""
    audit_patience: timedelta = Field(default=timedelta(days=1), gt=timedelta(0))
    """How long an entry may wait for its checkpoint to be at every place; then nothing is published."""

    serve: object = Field(default=None, repr=False)
    """The table of the screens, which only `ioc serve` reads; named so that any other unknown key is a fault."""

    alerts: object = Field(default=None, repr=False)
    """The table of the alerts, likewise, which the watch reads."""

    @model_validator(mode="before")
    @classmethod
    def _parts_of_the_folder(cls, said: dict[str, Any]) -> dict[str, Any]:
        folder = Path(said.get("installation") or ".")
        own = {name: folder / name for name in ("sources", "kpis") if (folder / name).is_dir()}
        return {"state": folder / ".ioc", **own, **said}

    @field_validator("warehouse_url")
    @classmethod
    def _driver(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith("postgresql+psycopg://"):
            raise Invalid(msg("must begin with postgresql+psycopg://"))
        return url

    @field_validator("government_kpis", "audit_anchors", "audit_witnesses", mode="before")
    @classmethod
    def _names(cls, said: object) -> object:
        return [name.strip() for name in said.split(",") if name.strip()] if isinstance(said, str) else said

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        codes = [province.code for province in self.provinces]
        if codes and (single := [name for name in OF_ONE if name in self.model_fields_set]):
            listed, short = ", ".join(codes), ", ".join(single)
            raise Invalid(
                msg(
                    "provinces lists {listed}, and {short} is the short form of one: keep one form",
                    listed=listed,
                    short=short,
                ),
            )
        if self.province and not self.area:
            raise Invalid(
                msg("province is {province}, and area is not set: set its area code, too", province=self.province),
            )
        if twice := ", ".join(sorted({code for code in codes if codes.count(code) > 1})):
            raise Invalid(msg("provinces lists {twice} twice: keep one entry", twice=twice))
        if lost := ", ".join(sorted(set(self.client_secrets) - set(codes))):
            raise Invalid(
                msg("client_secrets names {lost}, which provinces does not list", lost=lost),
            )
        for province in self.provinces:
            if province.code in self.client_secrets and _said(province.client_secret):
                raise Invalid(
                    msg(
                        "{province_code} has a client_secret and one in client_secrets: keep one",
                        province_code=province.code,
                    ),
                )
        return self

    @property
    def landing_address(self) -> str:
        return self.landing or str(self.state.absolute() / "landing")

    @property
    def origin(self) -> str:
        """The name under which checkpoints of the audit trail are signed."""
        return self.audit_origin or "-".join(["ioc-data-hub", *self.codes]).lower()

    @property
    def codes(self) -> list[str]:
        """Codes of the hub's provinces; none of a hub that was not told of any."""
        return [province.code for province in self.provinces] or [self.province] * bool(self.province)

    @property
    def areas(self) -> dict[str, str]:
        """The area code of each province."""
        return {province.code: province.area for province in self.provinces} or dict.fromkeys(self.codes, self.area)

    def for_province(self, code: str | None = None) -> "Settings":
        """The settings of one province: `province`, `area` and the way to its gateway are its own.

        Without a code the only one is meant. Raises WrongProvince that lists those there are.
        """
        if not self.codes:
            raise WrongProvince(
                msg("IOC_PROVINCE and IOC_AREA are not set: set them, or province and area in {file}", file=FILE),
            )
        if code is None and len(self.codes) > 1:
            raise WrongProvince(
                msg("This hub has the provinces {codes}: name one of them", codes=", ".join(self.codes)),
            )
        if code is not None and code not in self.codes:
            raise WrongProvince(
                msg(
                    "This hub's settings name no province {code!r}; there are {codes}",
                    code=code,
                    codes=", ".join(self.codes),
                ),
            )
        for province in self.provinces:
            if province.code == (code or self.codes[0]):
                said = {name: getattr(province, name) for name in ("area", "agency", *_OF_GATEWAY)}
                said["client_secret"] = self.client_secrets.get(province.code, province.client_secret)
                return self.model_copy(update={"province": province.code, **said})
        return self

    def retention_of(self, source: str) -> RetentionTimes:
        """How long what the source has delivered is kept."""
        return self.retention.get(source) or self.retention.get("default") or RetentionTimes()

    def missing(self) -> Abort | None:
        """What a province's settings lack to reach its gateway, and where to say it; None when nothing."""
        for name in (*_GATEWAY, "hmac_key"):
            if _said(getattr(self, name)):
                continue
            if self.provinces and name != "hmac_key":
                is_secret = name == "client_secret"
                return Abort(
                    msg(
                        "Province {province} has no {name}; add it to its entry in provinces, or to client_secrets",
                        province=self.province,
                        name=name,
                    )
                    if is_secret
                    else msg(
                        "Province {province} has no {name}; add it to its entry in provinces",
                        province=self.province,
                        name=name,
                    )
                )
            return Abort(
                msg(
                    "IOC_{variable} is not set; set the variable, or {key} in {file}",
                    variable=name.upper(),
                    key=name,
                    file=FILE,
                ),
            )
        return None


def _said(value: str | SecretStr) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
