"""Places outside of the database that hold the checkpoints of the audit trail: folders and buckets, http addresses,
and the answers of a time stamp authority.

Whoever owns the database can rewrite it as a whole, and no checkpoint that he has not can be rewritten with it.
"""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import fsspec
import psycopg
import requests
import urllib3
from cryptography import x509
from fsspec.implementations.local import LocalFileSystem
from rfc3161_client import TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response
from rfc3161_client.base import HashAlgorithm

from audit import checkpoints
from audit.checkpoints import Checkpoint
from audit.notes import VerifierKey, cosignatures, head_of
from connectors.deadline import deadline, timely_session
from hub.errors import Abort, HubError, Retry
from hub.files import make_folder, write_whole
from hub.periods import VIETNAM
from hub.settings import Settings
from hub.stores import reason, store_errors
from hub.translation import Wording, msg

Connection = psycopg.Connection[Any]
_ANSWER = 30.0
"""Seconds that a place has to answer, to the end of its answer."""
_LONGEST = 1_000_000
"""Bytes of an answer that are read."""
_ENDING, _LEAVES = ".checkpoint", ".leaves"


@dataclass(frozen=True)
class Anchored:
    """Whether a place holds a checkpoint now; `error` says why not."""

    place: str
    error: Wording | None = None


def places(settings: Settings) -> list[str]:
    """All places that are to hold each checkpoint."""
    return [*settings.audit_anchors, *([settings.audit_authority] if settings.audit_authority else [])]


def require(connection: Connection, settings: Settings) -> None:
    """Raises Retry where an entry has waited for longer than the settings allow for its checkpoint to be at a place:
    what happens now could be rewritten without a trace, so that nothing is published."""
    for place in places(settings):
        row = connection.execute(
            "select coalesce((select e.at from ledger.leaf l join ledger.entry e using (entry_id)"
            " where l.position = coalesce(a.tree_size, 0)), (select e.at from ledger.pending_entry p"
            " join ledger.entry e using (entry_id) order by p.entry_id limit 1)), a.error_vi, a.error_en"
            " from (select) as o left join ledger.anchor a on a.place = %s",
            [place],
        ).fetchone()
        since, vi, en = row or (None, None, None)
        if since is None or datetime.now(VIETNAM) - datetime.fromisoformat(since) <= settings.audit_patience:
            continue
        why = msg("{vi} / {en}", vi=vi, en=en) if en else msg("no checkpoint was made")
        raise Retry(
            msg(
                "Nothing is published: the audit trail since {since} is not kept at {place} ({why}). Run `ioc audit"
                " checkpoint`, and mend what it tells",
                since=since[:16],
                place=place,
                why=why,
            )
        )


def sign_and_keep(connection: Connection, settings: Settings) -> tuple[Checkpoint, list[Anchored]]:
    """Signs the audit trail as it is, and brings the checkpoint to every place. Raises Abort where no key is
    configured."""
    made = checkpoints.make(connection, checkpoints.signing_key(settings))
    return made, keep(connection, settings, made)


def keep(connection: Connection, settings: Settings, checkpoint: Checkpoint) -> list[Anchored]:
    """Brings a checkpoint to every place, keeps the cosignatures that come back, and writes down what became of it.
    One place that does not answer holds back no other."""
    done = []
    for place in places(settings):
        error: Wording | None = None
        try:
            if place == settings.audit_authority:
                _time_stamp(connection, settings, checkpoint)
            elif _is_http(place):
                accept(connection, settings, _post(place, checkpoint.note.encode(), "text/plain"))
            else:
                _write(connection, place, checkpoint)
        except HubError as wrong:
            connection.rollback()
            error = wrong.message
        _note(connection, place, checkpoint.size, error)
        connection.commit()
        done.append(Anchored(place, error))
    return done


def accept(connection: Connection, settings: Settings, text: bytes | str) -> int:
    """Keeps the cosignatures of configured witnesses in a text of somebody's; how many there were. They are of the
    checkpoint that the text holds, else of the newest."""
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    try:
        checkpoint = checkpoints.checkpoint_of(connection, head_of(said).size)
    except Abort:
        checkpoint = checkpoints.newest(connection)
    if checkpoint is None:
        return 0
    keys = [VerifierKey.parse(key) for key in settings.audit_witnesses]
    body = head_of(checkpoint.note).text
    valid = [line for line in cosignatures(said) if any(key.signed_at(f"{body}\n{line}\n") for key in keys)]
    if valid:
        checkpoints.keep_signatures(connection, checkpoint, valid)
    return len(valid)


def checkpoints_at(place: str) -> "Iterator[tuple[str, str]]":
    """The checkpoints that a folder or bucket holds, the smallest first: their file's name and the note. Raises Abort
    when it cannot be read."""
    files, root = _folder(place)
    try:
        names = sorted(_names(files, root, _ENDING))
        for name in names:
            yield name, files.cat_file(f"{root}/{name}").decode(errors="replace")
    except store_errors() as error:
        raise _unusable(place, error) from None


def leaves_at(place: str) -> "Iterator[tuple[int, bytes]]":
    """The hashes of leaves that a folder or bucket holds: the first one's position, and them in a row."""
    files, root = _folder(place)
    try:
        for name in sorted(_names(files, root, _LEAVES)):
            first = name.partition("-")[0]
            if first.isdecimal():
                yield int(first), files.cat_file(f"{root}/{name}")
    except store_errors() as error:
        raise _unusable(place, error) from None


def is_folder(place: str) -> bool:
    """Whether what a place holds can be read again."""
    return not _is_http(place)


def _is_http(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _folder(place: str) -> tuple[Any, str]:
    try:
        files, root = fsspec.core.url_to_fs(place)
    except (ValueError, ImportError) as error:
        raise Abort(msg("IOC_AUDIT_ANCHORS: {place} cannot be used: {error}", place=place, error=error)) from None
    return files, str(root)


def _names(files: Any, root: str, ending: str) -> list[str]:
    try:
        files.invalidate_cache()
        listed = files.ls(root, detail=False)
    except FileNotFoundError:
        return []
    return [name for path in listed if (name := str(path).rsplit("/", 1)[-1]).endswith(ending)]


def _unusable(place: str, error: Exception) -> Abort:
    return Abort(msg("{place} cannot be used: {why}", place=place, why=reason(error)))


def _write(connection: Connection, place: str, checkpoint: Checkpoint) -> None:
    """Writes the checkpoint, and the hashes of the leaves since the one before, by which a rewritten entry is named;
    nothing where the place already holds a larger one, which another program has made meanwhile. Raises Abort when the
    place holds a checkpoint that contradicts the tree."""
    files, root = _folder(place)
    try:
        begin = 0
        if names := sorted(_names(files, root, _ENDING)):
            there = head_of(files.cat_file(f"{root}/{names[-1]}").decode(errors="replace"))
            begin = there.size
            if not checkpoints.has(connection, there):
                raise Abort(
                    msg(
                        "{place} holds a checkpoint of {size} entries that contradicts the audit trail: run `ioc audit"
                        " verify`",
                        place=place,
                        size=there.size,
                    )
                )
        if begin > checkpoint.size:
            return
        if begin < checkpoint.size:
            row = connection.execute(
                "select string_agg(sha256, '' order by position) from ledger.leaf where position >= %s"
                " and position < %s",
                [begin, checkpoint.size],
            ).fetchone()
            _put(files, f"{root}/{begin:020d}-{checkpoint.size:020d}{_LEAVES}", row[0] if row else b"")
        _put(files, f"{root}/{checkpoint.size:020d}{_ENDING}", checkpoint.note.encode())
    except store_errors() as error:
        raise _unusable(place, error) from None


def _put(files: Any, path: str, content: bytes) -> None:
    """Writes a file that is whole whenever it has its name; a store of objects shows whole ones only."""
    if isinstance(files, LocalFileSystem):
        make_folder(Path(path).parent)
        write_whole(Path(path), content)
    else:
        files.pipe_file(path, content)


def _post(address: str, body: bytes, kind: str) -> bytes:
    try:
        with (
            timely_session() as session,
            deadline(_ANSWER),
            session.post(
                address, data=body, headers={"Content-Type": kind}, timeout=_ANSWER, stream=True, allow_redirects=False
            ) as answer,
        ):
            said: bytes = answer.raw.read(_LONGEST, decode_content=True)
            if not 200 <= answer.status_code < 300:
                raise Abort(msg("{address}: HTTP {status}", address=address, status=answer.status_code))
            return said
    except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
        raise Abort(msg("{address} does not answer ({kind})", address=address, kind=type(error).__name__)) from None


def _time_stamp(connection: Connection, settings: Settings, checkpoint: Checkpoint) -> None:
    """Gets a time stamp of the checkpoint where it has none, and keeps it when it is good."""
    if checkpoint.time_stamp is not None:
        return
    body = head_of(checkpoint.note).text.encode()
    request = TimestampRequestBuilder().data(body).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _post(settings.audit_authority, request.as_bytes(), "application/timestamp-query")
    check_time_stamp(settings, body, answer, request.nonce)
    connection.execute("update ledger.checkpoint set time_stamp = %s where tree_size = %s", [answer, checkpoint.size])


def check_time_stamp(settings: Settings, body: bytes, answer: bytes, nonce: int | None = None) -> datetime:
    """When an authority that the settings trust saw the body. Raises Abort for another answer."""
    where = settings.audit_authority
    if settings.audit_authority_ca is None:
        raise Abort(
            msg(
                "IOC_AUDIT_AUTHORITY_CA is not set: name the PEM file of the certificate authorities of {where}",
                where=where,
            )
        )
    try:
        roots = x509.load_pem_x509_certificates(settings.audit_authority_ca.read_bytes())
        builder = VerifierBuilder(roots=roots)
        if nonce is not None:
            builder = builder.nonce(nonce)
        response = decode_timestamp_response(answer)
        builder.build().verify_message(response, body)
        return response.tst_info.gen_time
    except OSError as error:
        raise Abort(
            msg("{file} cannot be read: {strerror}", file=settings.audit_authority_ca, strerror=error.strerror)
        ) from None
    except (ValueError, VerificationError) as error:
        raise Abort(msg("{where} gave no valid time stamp: {error}", where=where, error=error)) from None


def _note(connection: Connection, place: str, size: int, error: Wording | None) -> None:
    if error is None:
        connection.execute(
            "insert into ledger.anchor (place, tree_size, anchored_at) values (%s, %s, clock_timestamp())"
            " on conflict (place) do update set tree_size = greatest(anchor.tree_size, excluded.tree_size),"
            " anchored_at = excluded.anchored_at, failed_at = null, error_vi = null, error_en = null",
            [place, size],
        )
        return
    connection.execute(
        "insert into ledger.anchor (place, tree_size, failed_at, error_vi, error_en)"
        " values (%s, 0, clock_timestamp(), %s, %s) on conflict (place) do update set"
        " failed_at = coalesce(anchor.failed_at, excluded.failed_at), error_vi = excluded.error_vi,"
        " error_en = excluded.error_en",
        [place, error.text("vi"), error.text("en")],
    )
