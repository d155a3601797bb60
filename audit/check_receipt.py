"""Checks a receipt of a published figure without the hub:

    python check_receipt.py RECEIPT VERIFIER_KEY [WITNESS_KEY …]

RECEIPT is a file that `ioc audit receipt` wrote. VERIFIER_KEY is the hub's, as `ioc audit key` prints it; the key of a
witness makes sure that it has cosigned. Needs Python and its package cryptography. Ends with 0, or with 1 and a reason.
"""

import base64
import csv
import hashlib
import json
import re
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# the columns of a published figure's row, in the order of its content
COLUMNS = [
    *("observation_id", "province_id", "kpi", "from", "to", "area_id", "breakdown", "revision", "value", "numerator"),
    *("denominator", "status", "reason_vi", "reason_en", "data_as_of", "definition_version", "cause"),
    *("cause_batch_id", "recorded_at"),
]
# what Python raises for content that is not what it should be
WRONG = (ArithmeticError, AttributeError, LookupError, RecursionError, StopIteration, TypeError, ValueError, csv.Error)


class ReceiptError(Exception):
    """What is wrong with a receipt."""


def check(receipt: str, key: str, witnesses: tuple[str, ...] = ()) -> dict[str, str]:
    """The figure of a receipt, once everything about it is proved. Raises ReceiptError that says what is not."""
    try:
        return proved(unpack(receipt), key, witnesses)
    except WRONG as error:
        raise ReceiptError(f"it is not complete ({type(error).__name__}: {error})") from None


def proved(said: dict[str, Any], key: str, witnesses: tuple[str, ...]) -> dict[str, str]:
    """The figure of a receipt by its parts."""
    row, body, note = said["row"], said["entry"], said["checkpoint"]
    entry = json.loads(body)
    rows, size, root = entry["after"]["rows"], *head(note)
    figure = figure_of(row)
    for one in (key, *witnesses):
        check_signature(note, one)
    salt = base64.b64decode(said["row_salt"], validate=True)
    row_hash = hashlib.sha256(salt + hashlib.sha256(row.encode()).digest()).digest()
    if root_of(int(said["row_place"]), int(rows["count"]), row_hash, hashes(said["row_proof"])).hex() != rows["root"]:
        raise ReceiptError("the figure is not the one that the entry of the audit trail binds")
    leaf, place = hashlib.sha256(b"\x00" + body.encode()).digest(), int(said["entry_place"])
    if root_of(place, size, leaf, hashes(said["entry_proof"])) != root:
        raise ReceiptError("the entry of the audit trail is not in the signed checkpoint")
    if entry["act"] != "figures" or entry["subject"] != f"kpi/{figure['kpi']}":
        raise ReceiptError("the entry of the audit trail is about something else")
    return {**figure, "province": entry["province"], "published_at": entry["at"], "by": entry["actor"]}


def unpack(receipt: str) -> dict[str, Any]:
    """The parts of a receipt."""
    mark, _, packed = receipt.strip().partition(" ")
    if mark != "IOC-RECEIPT-1":
        raise ReceiptError("this is no receipt: it must begin with IOC-RECEIPT-1")
    try:
        said: dict[str, Any] = json.loads(zlib.decompressobj().decompress(base64.b85decode(packed), 100_000))
        return said
    except (ValueError, zlib.error):
        raise ReceiptError("it cannot be read: characters are missing or were changed") from None


def head(note: str) -> tuple[int, bytes]:
    """Number of leaves and root of a checkpoint."""
    _origin, size, root = note.split("\n")[:3]
    return int(size), base64.b64decode(root, validate=True)


def figure_of(row: str) -> dict[str, str]:
    """The row as PostgreSQL writes it, without empty columns at the end."""
    values = next(csv.reader([row.removeprefix("(").replace("\\\\", "\\")], strict=True))
    return dict(zip(COLUMNS, values, strict=False))


def hashes(proof: str) -> list[bytes]:
    """The hashes of a proof."""
    raw = base64.b64decode(proof, validate=True)
    return [raw[at : at + 32] for at in range(0, len(raw), 32)]


def root_of(leaf: int, size: int, found: bytes, proof: list[bytes]) -> bytes:
    """The root that a proof of inclusion leads to (RFC 9162, 2.1.3.2)."""
    if not 0 <= leaf < size:
        raise ReceiptError("a place is outside of its tree")
    place, last = leaf, size - 1
    for other in proof:
        if last == 0:
            raise ReceiptError("a proof is too long")
        if place % 2 or place == last:
            found = hashlib.sha256(b"\x01" + other + found).digest()
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + other).digest()
        place, last = place >> 1, last >> 1
    if last:
        raise ReceiptError("a proof is too short")
    return found


def check_signature(note: str, key: str) -> None:
    """Raises ReceiptError unless the note bears a valid signature of that verifier key (C2SP signed-note)."""
    name, short, rest = (*key.strip().split("+", 2), "", "")[:3]
    try:
        raw = base64.b64decode(rest, validate=True)
        public = Ed25519PublicKey.from_public_bytes(raw[1:])
    except ValueError:
        raise ReceiptError(f"{key!r} is no verifier key") from None
    known = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if known.hex() != short:
        raise ReceiptError(f"{key!r} is no verifier key: its parts contradict each other")
    text, _, lines = note.partition("\n\n")
    for signer, signature in re.findall(r"^— (\S+) ([A-Za-z0-9+/]+=*)$", lines, re.MULTILINE):
        try:
            said = base64.b64decode(signature, validate=True)
            if signer != name or said[:4] != known:
                continue
            signed, signature_bytes = f"{text}\n".encode(), said[4:]
            if raw[0] == 4:  # a witness signs with the time
                (seconds,) = struct.unpack(">Q", said[4:12])
                signed, signature_bytes = f"cosignature/v1\ntime {seconds}\n{text}\n".encode(), said[12:]
            public.verify(signature_bytes, signed)
            return
        except (ValueError, struct.error, InvalidSignature):
            raise ReceiptError(f"the signature of {name} is not valid: the checkpoint was changed") from None
    raise ReceiptError(f"the checkpoint is not signed by {name} ({short})")


if __name__ == "__main__":
    try:
        figure = check(Path(sys.argv[1]).read_text("utf-8"), sys.argv[2], tuple(sys.argv[3:]))
    except IndexError:
        sys.exit(__doc__)
    except (ReceiptError, OSError, UnicodeDecodeError) as error:
        sys.exit(f"✗ {error}")
    print(json.dumps(figure, ensure_ascii=False, indent=2))  # noqa: T201 - no import of the hub
