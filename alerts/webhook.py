"""Alerts by webhook: a signed JSON document by POST.

`X-IOC-Signature: t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of `SECONDS.BODY` with the installation's key: a
receiver computes it again, and refuses what is older than it likes. `Idempotency-Key` is the same each time that an
alert is sent.
"""

import hashlib
import hmac
import json
import time

import requests

from alerts.outbox import Alert
from alerts.settings import AlertSettings
from connectors.deadline import deadline, timely_session
from hub.errors import Abort, Reject, Retry
from hub.translation import msg

_LONGEST = 20.0
"""Seconds that an exchange may take."""
_FOR_GOOD = frozenset({400, 413, 422})
"""Answers that say that this very document will never be taken; a wrong address or key can be mended."""


class Webhook:
    """Posts alerts, as a channel of the outbox."""

    def __init__(self, settings: AlertSettings) -> None:
        self._key = settings.webhook_secret.get_secret_value().encode()

    def __call__(self, address: str, alert: Alert) -> None:
        """Posts the alert. Raises Reject when it will never be taken, Retry when it may be later, Abort without a
        key."""
        if not self._key:
            raise Abort(msg("There are webhooks to call, but webhook_secret is not set in [alerts]"))
        document = {"alert_id": str(alert.alert_id), **alert.body}
        body = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(alert.alert_id),
            "X-IOC-Signature": signature(self._key, int(time.time()), body),
        }
        host = address.split("/")[2]
        try:
            with timely_session() as session, deadline(_LONGEST):
                answer = session.post(
                    address, data=body, headers=headers, timeout=_LONGEST, allow_redirects=False, stream=True
                )
                status = answer.status_code
        except (requests.RequestException, OSError) as error:
            kind = type(error).__name__
            raise Retry(msg("Webhook at {host} did not answer ({error})", host=host, error=kind)) from None
        if not 200 <= status < 300:
            told = msg("Webhook at {host} answered HTTP {status}", host=host, status=status)
            raise Reject(told) if status in _FOR_GOOD else Retry(told)


def signature(key: bytes, seconds: int, body: bytes) -> str:
    """What `X-IOC-Signature` holds."""
    digest = hmac.new(key, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"
