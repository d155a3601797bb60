"""Places outside of the database hold the checkpoints; one that fails says why in one message."""

import base64
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import anchors, checkpoints
from audit.notes import VerifierKey, head_of
from hub.errors import Invalid, Retry
from tests.audit.trail import Trail
from tests.bucket import BUCKET, empty_bucket
from tests.connectors.stub import Asked, Reply, stub
from warehouse.database import connect


def test_of_two_checkpoints_that_are_made_at_once_the_larger_counts(hub: Trail) -> None:
    with connect(hub.url, "loader") as connection:
        smaller = checkpoints.make(connection, checkpoints.signing_key(hub.settings))
        hub.write(1)
        assert hub.checkpoint()[0].error is None
        [late] = anchors.keep(connection, hub.settings, smaller)
        assert late.error is None
    assert hub.one("select max(tree_size) from ledger.anchor") == smaller.size + 1
    assert hub.verify().findings == []


def test_a_checkpoint_stands_in_a_folder_whole_or_not_at_all(hub: Trail, request: pytest.FixtureRequest) -> None:
    before = set(hub.anchor.iterdir())
    request.getfixturevalue("disk_full")
    [anchored] = hub.checkpoint()
    assert "No space left" in str(anchored.error)
    assert set(hub.anchor.iterdir()) == before


def drip(_: Asked) -> Reply:
    def pieces() -> Iterator[bytes]:
        for _ in range(50):
            time.sleep(0.1)
            yield b"x"

    return Reply(pieces())


def cut(_: Asked) -> Reply:
    return Reply(iter([b"x"]), headers={"Content-Length": "100"})


@pytest.mark.parametrize("answer", [drip, cut, lambda _: Reply(b"no gzip", headers={"Content-Encoding": "gzip"})])
def test_an_address_that_hangs_or_breaks_off_is_told_in_one_message(
    hub: Trail, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Asked], Reply]
) -> None:
    monkeypatch.setattr(anchors, "_ANSWER", 0.5)
    with stub(answer) as there:
        hub.use(audit_anchors=[f"{there.url}/log"])
        began = time.monotonic()
        [anchored] = hub.checkpoint()
        assert time.monotonic() - began < 4
    assert f"{there.url}/log does not answer" in str(anchored.error)


def test_checkpoints_go_past_a_proxy_of_the_environment(hub: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with stub(lambda _: Reply(b"taken")) as there:
        hub.use(audit_anchors=[f"{there.url}/log"])
        [anchored] = hub.checkpoint()
    assert anchored.error is None


def test_a_store_that_cannot_be_reached_is_told_in_one_message(hub: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://bucket")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.ls", lost)
    hub.use(audit_anchors=["memory://audit"])
    [anchored] = hub.checkpoint()
    assert "memory://audit cannot be used: Could not connect to the endpoint" in str(anchored.error)


def test_a_bucket_holds_checkpoints_and_the_hashes_of_their_leaves(hub: Trail) -> None:
    with empty_bucket() as store:
        place = f"s3://{BUCKET}/audit"
        hub.use(audit_anchors=[place])
        first = hub.checkpoint()
        hub.write(1)
        second = hub.checkpoint()
        assert [one.error for one in first + second] == [None, None]
        assert len(list(anchors.checkpoints_at(place))) == 2
        assert len(store.find(BUCKET)) == 4
        assert hub.verify().findings == []


def test_a_place_that_takes_no_checkpoint_stops_publishing_in_the_end(hub: Trail) -> None:
    blocked = hub.folder / "file"
    blocked.write_text("no folder")
    hub.use(audit_anchors=[str(blocked / "x")], audit_patience="PT1H")
    assert "cannot be used" in str(hub.checkpoint()[0].error)
    with connect(hub.url, "loader") as connection:
        anchors.require(connection, hub.settings)  # not for an hour
        no_patience = {"audit_patience": timedelta(0)}
        with pytest.raises(Retry, match=r"Nothing is published: the audit trail since .* cannot be used"):
            anchors.require(connection, hub.settings.model_copy(update=no_patience))
        hub.use(audit_anchors=[str(hub.folder / "other")])
        assert hub.checkpoint()[0].error is None
        anchors.require(connection, hub.settings.model_copy(update=no_patience))


def test_cosignatures_of_configured_witnesses_are_kept_and_no_others(hub: Trail) -> None:
    private = Ed25519PrivateKey.generate()
    witness = VerifierKey("witness.example", 4, private.public_key().public_bytes_raw())
    stranger = VerifierKey("stranger.example", 4, private.public_key().public_bytes_raw())
    assert VerifierKey.parse(witness.text) == witness
    with pytest.raises(Invalid, match="no verifier key"):
        VerifierKey.parse(witness.text[:-4])
    with connect(hub.url, "loader") as connection:
        newest = checkpoints.newest(connection)
        assert newest is not None
        body = head_of(newest.note).text

        def line(key: VerifierKey, seconds: int, said: str) -> str:
            signature = private.sign(f"cosignature/v1\ntime {seconds}\n{said}".encode())
            return f"— {key.name} {base64.b64encode(key.id + struct.pack('>Q', seconds) + signature).decode()}"

        settings = hub.settings.model_copy(update={"audit_witnesses": (witness.text,)})
        sent = "\n".join([line(witness, 1_700_000_000, body), line(stranger, 1, body), line(witness, 2, f"{body}x")])
        assert anchors.accept(connection, settings, sent) == 1
        newest = checkpoints.newest(connection)
        assert newest is not None
        signed = witness.signed_at(newest.note)
        assert signed is not None
        assert signed.timestamp() == 1_700_000_000
        assert stranger.signed_at(newest.note) is None


AUTHORITY = """
[tsa]
extendedKeyUsage=critical,timeStamping
keyUsage=critical,digitalSignature
basicConstraints=critical,CA:FALSE
[answers]
serial = ./serial
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a time stamp authority of OpenSSL's."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the time stamps, is missing; .ci/run installs it")
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(AUTHORITY)
    (folder / "serial").write_text("01")
    new = ["-newkey", "rsa:2048", "-nodes"]
    for arguments in (
        ["req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-days", "9", "-subj", "/CN=Test CA"],
        ["req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test TSA"],
        [
            *("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-out", "tsa.pem", "-days", "9", "-extfile", "tsa.cnf", "-extensions", "tsa"),
        ],
    ):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    return folder


def test_checkpoints_go_to_an_address_and_get_time_stamps(hub: Trail, authority: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/log":
            return Reply(b"taken")
        (authority / "asked.tsq").write_bytes(asked.body)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "answers", "-queryfile", "asked.tsq"]
        subprocess.run([*command, "-out", "said.tsr"], cwd=authority, check=True, capture_output=True)
        return Reply((authority / "said.tsr").read_bytes())

    with stub(answer) as there:
        log, stamps = f"{there.url}/log", f"{there.url}/stamp"
        hub.use(audit_anchors=[log], audit_authority=stamps, audit_authority_ca=authority / "ca.pem")
        assert hub.checkpoint() == [anchors.Anchored(log), anchors.Anchored(stamps)]
        [posted] = [asked.body.decode() for asked in there.asked if asked.path == "/log"]
        assert checkpoints.signing_key(hub.settings).verifier.signed_at(posted)
        assert hub.verify().findings == []
        hub.attack("update ledger.checkpoint set time_stamp = '\\x00' where time_stamp is not null")
        assert "no valid time stamp" in str(hub.verify().findings[0].text)
