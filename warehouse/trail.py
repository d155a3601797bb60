"""The audit trail: who did what to what, written by one function in the transaction of the act.

An entry is one JSON object in canonical form (RFC 8785). If it cannot be written, the transaction fails and the act
does not happen; if the act is taken back, so is its entry.
"""

import getpass
import hashlib
import importlib.metadata
import os
import re
import socket
from datetime import datetime
from functools import cache
from typing import Any, Literal

import psycopg
import rfc8785
from pydantic_settings import BaseSettings

from hub.periods import VIETNAM
from hub.settings import OF_ONE
from hub.texts import shown

Connection = psycopg.Connection[Any]
Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
"""What an entry may hold. A number that is no whole one is written as text, so that every program reads it alike."""
Act = Literal[
    "load",
    "replay",
    "waiver",
    "figures",
    "definition",
    "plan",
    "reference",
    "account",
    "key",
    "message",
    "export",
    "read",
    "setting",
    "report",
    "incident",
    "reminder",
    "note",
    "retention",
    "deletion",
    "archive",
    "migration",
]
"""load and replay: batches that were published, blocked or failed. message: to the Government. read: one that takes a
special right."""


def write(
    connection: Connection,
    act: Act,
    subject: str,
    *,
    province: str | None = None,
    actor: str | None = None,
    before: Json = None,
    after: Json = None,
    reason: str | None = None,
    seal: tuple[int, bytes] | None = None,
) -> int:
    """Adds an entry to the trail, within the caller's transaction; gives its number.

    `subject` is a path such as `feed/dvc/dossiers`, `kpi/phone_density`, `account/trang-dinh`. `before` and `after` say
    what changed; personal data and secrets stand in them as hashes only. `actor` is who did it, by default who runs
    this process. `seal` is number and hash of the seal over the rows that the act wrote. Characters that nobody is
    shown are replaced.
    """
    body: dict[str, Json] = {
        "act": act,
        "actor": actor or process_actor(),
        "after": after,
        "at": datetime.now(VIETNAM).isoformat(timespec="microseconds"),
        "before": before,
        "province": province,
        "reason": reason,
        "seal": None if seal is None else {"id": seal[0], "sha256": seal[1].hex()},
        "subject": subject,
        "version": _version(),
    }
    text = rfc8785.dumps({name: _inert(value) for name, value in body.items() if value is not None}).decode()
    row = connection.execute(
        "with written as (insert into ledger.entry (body) values (%s) returning entry_id)"
        " insert into ledger.pending_entry select entry_id from written returning entry_id",
        [text],
    ).fetchone()
    assert row is not None  # noqa: S101 - an insert returns its row
    return int(row[0])


def write_changed(
    connection: Connection, act: Act, subject: str, after: dict[str, Json], reader: Connection | None = None
) -> int | None:
    """Adds an entry where `after` is not what the newest entry of that act and subject says; None where it is.
    `reader` looks that up, by the serving view, where `connection` may not read the trail."""
    query = (
        "select body::jsonb -> 'after' from ledger.entry where subject = %s and act = %s order by entry_id desc limit 1"
    )
    if reader is not None:
        query = query.replace("body::jsonb -> 'after' from ledger.entry", "after from serving.audit_entries")
    row = (reader or connection).execute(query.encode(), [subject, act]).fetchone()
    before = row[0] if row else None
    if before == after:
        return None
    return write(connection, act, subject, before=before, after=after)


def note_settings(
    connection: Connection, settings: BaseSettings, part: str = "hub", reader: Connection | None = None
) -> None:
    """Adds an entry where a part of the hub starts on this machine with other settings than the last time."""
    found: dict[str, Json] = dict(_fingerprints(settings))
    write_changed(connection, "setting", f"settings/{part}/{socket.gethostname()}", found, reader)


def _fingerprints(settings: BaseSettings) -> dict[str, str]:
    """A hash of each setting that is in force, by name: tells which ones are others than before. Left out are secrets,
    which could be guessed by their hashes, what is never shown, such as the tables of other parts, and of a hub with a
    list of provinces those of the one that is worked for."""
    hidden = OF_ONE if getattr(settings, "provinces", ()) else ()
    found = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if name in hidden or not field.repr or "Secret" in str(field.annotation):
            continue
        if name == "warehouse_url" and value:
            value = re.sub("//[^@]*@|password[^=&]*=[^&]*", "", value)
        found[name] = hashlib.sha256(repr(value).encode()).hexdigest()[:16]
    return found


def _inert(value: Json) -> Json:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, list):
        return [_inert(one) for one in value]
    if isinstance(value, dict):
        return {shown(name): _inert(one) for name, one in value.items()}
    return value


def process_actor() -> str:
    """Who runs this process: a run of Airflow, or a user of this machine."""
    if run := os.environ.get("AIRFLOW_CTX_DAG_RUN_ID"):
        return f"airflow:{os.environ.get('AIRFLOW_CTX_DAG_ID', '')}/{run}"
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return f"user:{user}@{socket.gethostname()}"


def account_actor(login: str) -> str:
    """An account of the hub, as an actor."""
    return f"account:{login}"


@cache
def _version() -> str:
    return importlib.metadata.version("ioc-data-hub")
