"""How alerts leave the hub, and what a unit's reminders lead to: `IOC_ALERTS_…`, or the table [alerts] of ioc.toml."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from hub.errors import Abort, Invalid
from hub.installation import Installation
from hub.settings_file import FILE, FileSettings
from hub.translation import msg
from hub.validation import describe

_UNKNOWN = msg("there is no such setting; see docs/guides/alerts.md")
_NONE = SecretStr("")


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
    sender: str = Field(default="", pattern=r"^([^\s<>@,;]+@[^\s<>@,;]+)?$")
    """Address from which mails come."""
    webhook_secret: SecretStr = _NONE
    """Key of the signatures (HMAC-SHA256) of webhooks."""
    review_after: int = Field(default=3, ge=1)
    """Reminders of a unit in a year that lead to a review of its head."""
    discipline_after: int = Field(default=6, ge=1)
    """… and to discipline."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
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
