"""Alerts by mail (SMTP)."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime

from alerts.outbox import Alert
from alerts.settings import AlertSettings
from hub.errors import Abort, Reject, Retry
from hub.periods import VIETNAM
from hub.texts import shown, shown_in_line
from hub.translation import msg

_SILENCE = 15.0
"""Seconds of silence after which the server is given up."""
_FOR_GOOD = range(500, 600)
"""Answers by which a server refuses a message for good (RFC 5321, 4.2.1)."""


class Mail:
    """The mail server of the installation, as a channel of the outbox."""

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings

    def __call__(self, address: str, alert: Alert) -> None:
        """Hands the alert over. Raises Reject when the server refuses this recipient or message for good, Retry when
        it may take it later, Abort where no server is set."""
        if not self._settings.smtp_host:
            raise Abort(msg("There are mails to send, but smtp_host is not set in [alerts]"))
        try:
            server = self._connected()
            try:
                server.send_message(message(self._settings.sender, address, alert))
            finally:
                with suppress(smtplib.SMTPException, OSError):  # the message is taken or not: parting changes nothing
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise self._refusal(code, said) from None
        except smtplib.SMTPDataError as error:
            raise self._refusal(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError) as error:
            raise Retry(
                msg(
                    "Mail server {host}:{port} took no mail ({error})",
                    host=self._settings.smtp_host,
                    port=self._settings.smtp_port,
                    error=type(error).__name__,
                )
            ) from None

    def _connected(self) -> smtplib.SMTP:
        own = self._settings
        context = ssl.create_default_context(cafile=own.smtp_ca)
        name = own.sender.rpartition("@")[2]
        server: smtplib.SMTP
        if own.smtp_security == "tls":
            server = smtplib.SMTP_SSL(own.smtp_host, own.smtp_port, name, timeout=_SILENCE, context=context)
        else:
            server = smtplib.SMTP(own.smtp_host, own.smtp_port, name, timeout=_SILENCE)
        try:
            if own.smtp_security == "starttls":
                server.starttls(context=context)
            if own.smtp_login:
                server.login(own.smtp_login, own.smtp_password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _refusal(self, code: int, said: bytes | str) -> Reject | Retry:
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        told = msg(
            "Mail server {host} refused the mail: {code} {text}",
            host=self._settings.smtp_host,
            code=code,
            text=shown_in_line(text)[:200],
        )
        return Reject(told) if code in _FOR_GOOD else Retry(told)


def message(sender: str, address: str, alert: Alert) -> EmailMessage:
    """The alert as a mail: the same each time that it is sent, Message-ID and Date included."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = address
    mail["Subject"] = shown_in_line(str(alert.body["subject"]))
    mail["Date"] = format_datetime(alert.created_at.astimezone(VIETNAM))
    mail["Message-ID"] = f"<{alert.alert_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(shown(str(alert.body["text"])) + "\n")
    return mail
