"""Secrets of an installation that nobody gave: made once, kept in a file that only this user can read."""

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from hub.errors import Abort
from hub.files import make_folder, write_whole
from hub.translation import msg

_MAKERS: dict[str, Callable[[], str]] = {
    "client_secret": lambda: secrets.token_urlsafe(32),
    "hmac_key": lambda: secrets.token_hex(32),
    "screens_password": lambda: secrets.token_urlsafe(12),
    "airflow_jwt_secret": lambda: secrets.token_urlsafe(48),
    "airflow_secret_key": lambda: secrets.token_urlsafe(48),
    "airflow_fernet_key": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}


def demo_keys(state: Path) -> dict[str, str]:
    """The secrets of the demo in this state folder, made at its first run. A lost HMAC key cannot be made again:
    pseudonyms of before would no longer match, so a broken file is an error and not a reason for new keys."""
    path = state / "demo.keys.json"
    kept: dict[str, str] = {}
    if path.exists():
        try:
            kept = json.loads(path.read_text("utf-8"))
        except ValueError:
            raise Abort(
                msg("{path} cannot be read. Restore it, or remove {state} to begin anew.", path=path, state=state),
            ) from None
    missing = {name: make() for name, make in _MAKERS.items() if name not in kept}
    if missing:
        make_folder(state)
        write_whole(path, json.dumps({**kept, **missing}), 0o600)
    return {**kept, **missing}
