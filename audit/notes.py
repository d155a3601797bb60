"""Signed checkpoints: the text of a tree's head with its signatures, as C2SP has them.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint and https://c2sp.org/tlog-cosignature (v1). A key is
known by its verifier key, `name+hash+key`, which anybody may have.
"""

import base64
import binascii
import hashlib
import os
import re
import struct
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hub.errors import Abort, Invalid
from hub.files import make_folder, sync_folder, write_whole
from hub.translation import msg

_ED25519, _COSIGNATURE = 1, 4
_BODY = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: the log's name, the number of its leaves and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class VerifierKey:
    """Somebody's public key: the hub's own, or a witness's."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Raises Invalid for a text that is no verifier key of Ed25519."""
        name, _, rest = text.strip().partition("+")
        short, _, key = rest.partition("+")
        with suppress(ValueError, binascii.Error):
            raw = base64.b64decode(key, validate=True)
            made = cls(name, raw[0] if raw else 0, raw[1:])
            if name and len(raw) == 33 and made.kind in (_ED25519, _COSIGNATURE) and made.id.hex() == short:
                return made
        raise Invalid(msg("{text!r} is no verifier key; one looks like name+1a2b3c4d+AX…=", text=text))

    @property
    def id(self) -> bytes:
        """The four bytes by which signatures name it."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """As it is handed out."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    def signed_at(self, note: str) -> datetime | None:
        """Whether this key signed the note: when a witness did, the beginning of time for the hub's own; None where it
        has no valid signature of this key."""
        body, _, lines = note.partition("\n\n")
        for name, signature in _LINE.findall(lines):
            with suppress(binascii.Error):
                raw = base64.b64decode(signature, validate=True)
                if name == self.name and raw[:4] == self.id and (at := self._verified(f"{body}\n", raw[4:])):
                    return at
        return None

    def _verified(self, body: str, signature: bytes) -> datetime | None:
        signed, at = body.encode(), datetime.fromtimestamp(0, UTC)
        if self.kind == _COSIGNATURE:
            if len(signature) != 72:
                return None
            (seconds,) = struct.unpack(">Q", signature[:8])
            signed, signature = f"cosignature/v1\ntime {seconds}\n{body}".encode(), signature[8:]
            with suppress(ValueError, OverflowError, OSError):
                at = datetime.fromtimestamp(seconds, UTC)
        with suppress(InvalidSignature, ValueError):
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
            return at
        return None


def head_of(note: str) -> Head:
    """What a note says; its signatures are not looked at. Raises Abort for another text."""
    body, separator, _ = note.partition("\n\n")
    found = _BODY.fullmatch(f"{body}\n")
    if found is None or not separator:
        raise Abort(msg("This is no checkpoint: origin, size and root, an empty line and signatures are expected"))
    return Head(found[1], int(found[2]), base64.b64decode(found[3]))


def cosignatures(text: str) -> list[str]:
    """The signature lines that somebody has sent, alone or below a note."""
    return [line for line in text.splitlines() if _LINE.fullmatch(line)]


def _write_first(file: Path, content: bytes) -> None:
    """Writes a file for its owner alone, whole; where another program has made it meanwhile, that one stays."""
    own = file.with_name(f"{file.name}.{uuid.uuid4().hex}.new")
    write_whole(own, content, 0o600)
    try:
        with suppress(FileExistsError):
            os.link(own, file)
    finally:
        own.unlink()
    sync_folder(file.parent)


class SigningKey:
    """The hub's own key."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.verifier = VerifierKey(name, _ED25519, private.public_key().public_bytes_raw())

    @classmethod
    def open(cls, file: Path, name: str) -> "SigningKey":
        """The key in a file, which is made, for its owner alone, where there is none. Raises Abort when it cannot be
        read or made, or when others may read it."""
        try:
            if not file.exists():
                make_folder(file.parent)
                pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                _write_first(file, pem)
            if file.stat().st_mode & 0o077:
                raise Abort(msg("{file} can be read by others: run `chmod 600 {file}`", file=file))
            private = load_pem_private_key(file.read_bytes(), None)
        except OSError as error:
            raise Abort(msg("The key {file} cannot be used: {why}", file=file, why=error.strerror or error)) from None
        except (ValueError, TypeError):
            private = None
        if not isinstance(private, Ed25519PrivateKey):
            raise Abort(msg("{file} holds no Ed25519 key in PEM; name another file, in which one is made", file=file))
        return cls(name, private)

    def sign(self, head: Head) -> str:
        """The checkpoint of a head of the tree."""
        signature = base64.b64encode(self.verifier.id + self._private.sign(head.text.encode())).decode()
        return f"{head.text}\n— {self.verifier.name} {signature}\n"
