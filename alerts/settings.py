"""How alerts leave the hub, and what a unit's reminders lead to: `IOC_ALERTS_…`, or the table [alerts] of ioc.toml."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from hub.errors import Abort, Invalid
from hub.installation import Installation
from hub.settings_file import FILE, FileSettings
from hub.translation import msg
from hub.validation import describe

_UNKNOWN = msg("there is no such setting; see docs/guides/alerts.md")
_NONE = SecretStr("")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAIL = re.compile(rf"(?=[^@]{{1,64}}@)(?=.{{1,254}}$){_ATOM}(\.{_ATOM})*@({_LABEL}\.)+{_LABEL}")
"""An address (RFC 5321) in ASCII, which every mail server takes, without quotes and with a domain of names."""


def mail_address(said: str) -> str:
    """The address itself. Raises Invalid for what no mail can be sent to."""
    if not _MAIL.fullmatch(said):
        raise Invalid(msg("must be one mail address of ASCII characters, such as ioc@langson.gov.vn"))
    return said


def _sender(said: str) -> str:
    return said and mail_address(said)


class AlertSettings(FileSettings):
    """The mail server, the key of the webhooks, and the counts of reminders that matter. Addresses are in
    reference/recipients.csv."""

    TABLE = "alerts"

    model_config = SettingsConfigDict(
        env_prefix="IOC_ALERTS_", env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    installation: Path | None = Field(default=None, repr=False)
    """Folder of the ioc.toml."""
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; `none` is for a relay on the same machine."""
    smtp_ca: Path | None = None
    """PEM file of the certificate authorities that are trusted for the mail server instead of the public ones."""
    smtp_login: str = ""
    smtp_password: SecretStr = _NONE
    sender: Annotated[str, AfterValidator(_sender)] = ""
    """Address from which mails come."""
    webhook_secret: SecretStr = _NONE
    """Key of the signatures (HMAC-SHA256) of webhooks."""
    review_after: int = Field(default=3, ge=1)
    """Reminders of a unit in a year that lead to a review of its head."""
    discipline_after: int = Field(default=6, ge=1)
    """… and to discipline."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not (self.smtp_login + self.smtp_password.get_secret_value()).isascii():
            raise Invalid(msg("smtp_login and smtp_password may have ASCII characters only"))
        if self.smtp_host and not self.sender:
            raise Invalid(msg("sender is missing: set the address from which mails come"))
        if self.discipline_after < self.review_after:
            raise Invalid(msg("discipline_after must be at least review_after"))
        return self

    @classmethod
    def of(cls, installation: Installation) -> Self:
        """The settings of an installation. Raises Abort that names each wrong one."""
        try:
            return cls(installation=installation.settings.installation)
        except ValidationError as error:
            wrong = describe(error, lambda _: _UNKNOWN)
            raise Abort(
                msg("Settings: {wrong} (IOC_ALERTS_… variables or [alerts] in {file})", wrong=wrong, file=FILE)
            ) from None
