"""What settings say of a province: its codes, the way to its gateway, and the agency that writes its reports."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.addresses import Address
from hub.errors import Abort
from hub.suggestions import nearest
from hub.translation import msg

NO_SECRET = SecretStr("")
GATEWAY = ("gateway_url", "client_id", "client_secret")
"""Settings without which a gateway cannot be reached."""
OF_GATEWAY = (*GATEWAY, "gateway_ca")
_PROVINCES = [f"H{number:02}" for number in range(1, 64)]
"""Organisation codes of the provinces, by decision 20/2020/QĐ-TTg."""


def check_province(code: str) -> None:
    """Raises Abort unless `code` is a province's organisation code."""
    if code not in _PROVINCES:
        near = nearest(code, _PROVINCES)
        raise Abort(msg("there is no province code {code!r}; {near}", code=code, near=near))


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
    client_secret: SecretStr = NO_SECRET
    sources: tuple[str, ...] | None = None
    """Sources that the province has; all without it."""
    agency: Agency = Agency()
