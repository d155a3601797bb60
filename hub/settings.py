"""The settings of an installation: `IOC_…` variables, or `ioc.toml` in its folder."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from hub.addresses import Address
from hub.errors import Abort, Invalid
from hub.province_settings import GATEWAY, NO_SECRET, OF_GATEWAY, Agency, ProvinceSettings, WrongProvince
from hub.settings_file import FILE, FileSettings
from hub.translation import msg

OF_ONE = ("province", "area", *OF_GATEWAY, "agency")
"""The short form: settings of the only province."""
SHORTEST_KEY = 32
"""Characters that the key of the pseudonyms must have at least: 16 random bytes in hexadecimal digits."""


class RetentionTimes(BaseModel):
    """How many days are kept what a source has delivered; for ever what has no number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    landing_days: int | None = Field(default=None, ge=1)
    """Landed pages, since they were last fetched."""
    quarantine_days: int | None = Field(default=None, ge=1)
    """The content of refused records; which rules they broke is kept."""


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
    archive: Path | None = None
    """Folder of the months that `ioc archive write` archives."""
    inbox: Address | None = None
    """Folder or fsspec address in which people leave files, a folder for each source; of several provinces a folder for
    each of them, and the sources' in it."""
    sources: Path | None = None
    """Folder of the installation's own source specifications, beside those that come with the hub; `sources` in the
    installation's folder where there is one."""
    kpis: Path | None = None
    """Folder of the installation's own KPI definitions, likewise."""
    hmac_key: SecretStr = NO_SECRET
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
    client_secret: SecretStr = NO_SECRET
    agency: Agency = Agency()
    provinces: tuple[ProvinceSettings, ...] = ()
    client_secrets: dict[str, SecretStr] = Field(default_factory=dict)
    """Secrets by province, for those whose entry in the list has none: they can then be kept from the list's readers,
    such as Airflow's DAG processor."""

    retention: dict[str, RetentionTimes] = Field(default_factory=dict)
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

    def inbox_of(self, source: str) -> str:
        """The address of a source's inbox. Raises Abort when none is set."""
        if self.inbox is None:
            raise Abort(
                msg(
                    "IOC_INBOX is not set: set the variable, or inbox in {file}, to the folder in which people leave"
                    " the files of {source}",
                    file=FILE,
                    source=source,
                )
            )
        return "/".join([self.inbox.rstrip("/"), *([self.province] if self.provinces else []), source])

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
                said = {name: getattr(province, name) for name in ("area", "agency", *OF_GATEWAY)}
                said["client_secret"] = self.client_secrets.get(province.code, province.client_secret)
                return self.model_copy(update={"province": province.code, **said})
        return self

    def retention_of(self, source: str) -> RetentionTimes:
        """How long what the source has delivered is kept."""
        return self.retention.get(source) or self.retention.get("default") or RetentionTimes()

    def missing(self) -> Abort | None:
        """What a province's settings lack to reach its gateway, and where to say it; None when nothing."""
        for name in (*GATEWAY, "hmac_key"):
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
