"""What is done to the audit trail by whoever owns the database is found, and the first bad place named."""

import base64
import errno
import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest
from botocore.exceptions import EndpointConnectionError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from audit import anchors, checkpoints
from audit.findings import Verification
from audit.merkle import leaf_hash
from audit.notes import Head, SigningKey, VerifierKey, head_of
from audit.verification import verify
from hub.errors import Abort, Invalid, Retry
from hub.periods import Period
from hub.settings import Settings
from kpis.receipts import packed, write_receipt
from tests.connectors.stub import Asked, Reply, stub
from tests.installation import CATALOGUE, refresh
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse import trail
from warehouse.database import connect
from warehouse.landing import Landing

ENTRIES = 20


def settings_of(folder: Path, url: str, **more: object) -> Settings:
    return Settings.model_validate(
        {
            "installation": folder,
            "warehouse_url": url,
            "province": "H37",
            "area": "20",
            "hmac_key": SecretStr("x" * 32),
            "audit_key": folder / "keys" / "audit.pem",
            "audit_anchors": [str(folder / "anchor")],
            **more,
        }
    )


class Trail:
    """A hub with an audit trail, and a folder outside of its database."""

    def __init__(self, url: str, folder: Path, **more: object) -> None:
        self.url, self.folder = url, folder
        self.settings = settings_of(folder, url, **more)

    def write(self, count: int) -> None:
        with connect(self.url, "loader") as connection:
            for number in range(count):
                trail.write(connection, "load", f"feed/dvc/{number}", after={"fetched": number})
                connection.commit()

    def checkpoint(self) -> list[anchors.Anchored]:
        with connect(self.url, "loader") as connection:
            made = checkpoints.make(connection, checkpoints.signing_key(self.settings))
            return anchors.keep(connection, self.settings, made)

    def verify(self) -> Verification:
        with connect(self.url, "loader") as connection:
            return verify(connection, Landing(str(self.folder / "landing")), settings=self.settings)

    def attack(self, *statements: str) -> None:
        with connect(self.url, "owner") as owner:
            for statement in statements:
                owner.execute(statement.encode())

    def one(self, query: str) -> int:
        with connect(self.url, "owner") as owner:
            row = owner.execute(query.encode()).fetchone()
            assert row is not None
            return int(row[0])


@pytest.fixture(scope="module")
def kept(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Trail:
    """Two checkpoints, and entries since; tests change copies."""
    hub = Trail(postgres.database(), tmp_path_factory.mktemp("trail"))
    for _ in range(2):
        hub.write(ENTRIES // 2)
        hub.checkpoint()
    hub.write(2)
    assert hub.verify().findings == []
    return hub


@pytest.fixture
def hub(kept: Trail, postgres: Postgres) -> Iterator[Trail]:
    with postgres.copied(kept.url) as url:
        yield Trail(url, kept.folder)


def rebuild(hub: Trail) -> None:
    """As an attacker who knows the hub does: all places, nodes and checkpoints are made anew, with the hub's key."""
    hub.attack(
        "truncate ledger.leaf, ledger.tree_node, ledger.checkpoint, ledger.pending_entry",
        "insert into ledger.pending_entry select entry_id from ledger.entry",
    )
    with connect(hub.url, "loader") as connection:
        checkpoints.make(connection, checkpoints.signing_key(hub.settings))


CHANGED = "update ledger.entry set body = replace(body, '\"fetched\":3', '\"fetched\":9') where subject = 'feed/dvc/3'"


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        ([CHANGED], "(place {third}) was changed after it was written"),
        (["delete from ledger.entry where subject = 'feed/dvc/3' and entry_id < 10"], "(place {third}) was deleted"),
        (
            ["insert into ledger.entry (body) select body from ledger.entry where subject = 'feed/dvc/3' limit 1"],
            "was not written by the hub: it has no place in the tree",
        ),
        (
            [
                "update ledger.entry e set body = o.body from (select body, subject from ledger.entry where subject in"
                " ('feed/dvc/3', 'feed/dvc/4') and entry_id < 10) o where e.entry_id < 10 and e.subject in"
                " ('feed/dvc/3', 'feed/dvc/4') and o.subject <> e.subject"
            ],
            "(place {third}) holds what was written at place {fourth}",
        ),
        (
            ["update ledger.leaf l set entry_id = -1 - entry_id where position = 5"],
            "(place 5) was deleted",
        ),
        (["delete from ledger.leaf where position = 5"], "The place 5 in the tree over the audit trail is missing"),
        (
            ["update ledger.tree_node set sha256 = sha256('') where level = 2 and position = 1"],
            "the node over the places 4 to 7 is not what they give",
        ),
        (
            [
                "alter table ledger.entry alter column actor drop expression",
                "update ledger.entry set actor = 'user:nobody' where subject = 'feed/dvc/3' and entry_id < 10",
            ],
            "(place {third}): columns contradict its text",
        ),
        (
            ["delete from ledger.checkpoint where tree_size = (select max(tree_size) from ledger.checkpoint)"],
            "places were added, or checkpoints deleted",
        ),
        (
            ["update ledger.checkpoint set note = replace(note, E'\\n' || tree_size || E'\\n', E'\\n7\\n')"],
            "is not signed by ioc-data-hub-h37+",
        ),
        (
            [
                "delete from ledger.entry where entry_id > 15",
                "delete from ledger.leaf where entry_id > 15",
                "delete from ledger.pending_entry",
                "delete from ledger.checkpoint where tree_size > (select count(*) from ledger.leaf)",
                "delete from ledger.tree_node n where (position + 1) << level > (select count(*) from ledger.leaf)",
                "update ledger.anchor set tree_size = 0",
            ],
            "The audit trail was cut off",
        ),
        (["delete from ledger.pending_entry"], "was not written by the hub: it has no place in the tree"),
        (
            ["delete from ledger.entry where entry_id in (select min(entry_id) from ledger.pending_entry)"],
            "was deleted before it had a place in the tree",
        ),
        (
            [
                "insert into ledger.seal select 99, 'x', 1, 'load', now(), 0, sha256(''), null, sha256('')",
            ],
            "Seal 99 (chain x) was not made by the hub: no entry of the audit trail names it",
        ),
        (["delete from ledger.seal"], "which entry"),
    ],
)
def test_each_way_to_rewrite_the_trail_is_found_and_its_place_named(
    hub: Trail, statements: list[str], named: str
) -> None:
    third, fourth = (
        hub.one(
            f"select min(position) from ledger.leaf join ledger.entry using (entry_id) where subject = 'feed/dvc/{n}'"
        )
        for n in (3, 4)
    )
    hub.attack(*statements)
    found = hub.verify()
    assert named.format(third=third, fourth=fourth) in " | ".join(finding.text.en for finding in found.findings)


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (CHANGED, "{third}"),
        ("delete from ledger.entry where subject = 'feed/dvc/3' and entry_id < 10", "{third}"),
        ("update ledger.entry set entry_id = 900 where subject = 'feed/dvc/3' and entry_id < 10", "{third}"),
    ],
)
def test_a_chain_that_is_rewritten_as_a_whole_contradicts_the_checkpoints_outside(
    hub: Trail, statement: str, place: str
) -> None:
    third = hub.one(
        "select min(position) from ledger.leaf join ledger.entry using (entry_id) where subject = 'feed/dvc/3'"
    )
    hub.attack(statement)
    rebuild(hub)
    said = [finding.text.en for finding in hub.verify().findings]
    assert any("The audit trail was rewritten" in text for text in said)
    assert f"at place {place.format(third=third)} (entry" in said[-1]
    assert anchors.is_folder(hub.settings.audit_anchors[0])
    refused = hub.checkpoint()
    assert "contradicts the audit trail" in str(refused[0].error)


def test_what_commits_late_gets_its_place_with_the_next_checkpoint(hub: Trail) -> None:
    with connect(hub.url, "loader") as late:
        number = trail.write(late, "load", "feed/late")
        hub.write(1)
        hub.checkpoint()
        assert hub.one(f"select count(*) from ledger.leaf where entry_id = {number}") == 0
        late.commit()
    assert hub.verify().pending == 1
    hub.checkpoint()
    position = hub.one(f"select position from ledger.leaf where entry_id = {number}")
    assert position == hub.one("select max(position) from ledger.leaf")
    assert hub.verify().findings == []


def test_of_two_checkpoints_that_are_made_at_once_the_larger_counts(kept: Trail, postgres: Postgres) -> None:
    with postgres.copied(kept.url) as url:
        hub = Trail(url, kept.folder / "at_once", audit_key=kept.settings.audit_key)
        with connect(url, "loader") as connection:
            smaller = checkpoints.make(connection, checkpoints.signing_key(hub.settings))
            hub.write(1)
            assert hub.checkpoint()[0].error is None
            [late] = anchors.keep(connection, hub.settings, smaller)
            assert late.error is None
        assert hub.one("select max(tree_size) from ledger.anchor") == smaller.size + 1
        assert hub.verify().findings == []


def test_a_checkpoint_stands_in_a_folder_whole_or_not_at_all(
    kept: Trail, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.copied(kept.url) as url:
        hub = Trail(url, kept.folder / "full", audit_key=kept.settings.audit_key)
        monkeypatch.setattr("hub.files.os.fsync", full)
        [anchored] = hub.checkpoint()
        assert "No space left" in str(anchored.error)
        assert list((hub.folder / "anchor").iterdir()) == []


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_key_is_made_whole_or_not_at_all_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "audit.pem"
    with monkeypatch.context() as patch:
        patch.setattr("hub.files.os.fsync", full)
        with pytest.raises(Abort, match="No space left"):
            SigningKey.open(file, "x")
    assert list(tmp_path.iterdir()) == []
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: SigningKey.open(file, "x").verifier, range(8)))
    assert len(set(keys)) == 1
    assert list(tmp_path.iterdir()) == [file]


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
    kept: Trail, postgres: Postgres, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Asked], Reply]
) -> None:
    monkeypatch.setattr(anchors, "_ANSWER", 0.5)
    with postgres.copied(kept.url) as url, stub(answer) as there:
        began = time.monotonic()
        [anchored] = Trail(url, kept.folder, audit_anchors=[f"{there.url}/log"]).checkpoint()
        assert time.monotonic() - began < 4
    assert f"{there.url}/log does not answer" in str(anchored.error)


def test_checkpoints_go_past_a_proxy_of_the_environment(
    kept: Trail, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with postgres.copied(kept.url) as url, stub(lambda _: Reply(b"taken")) as there:
        [anchored] = Trail(url, kept.folder, audit_anchors=[f"{there.url}/log"]).checkpoint()
    assert anchored.error is None


def test_a_store_that_cannot_be_reached_is_told_in_one_message(
    kept: Trail, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://bucket")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.ls", lost)
    with postgres.copied(kept.url) as url:
        [anchored] = Trail(url, kept.folder, audit_anchors=["memory://audit"]).checkpoint()
        assert "memory://audit cannot be used: Could not connect to the endpoint" in str(anchored.error)


def test_no_checkpoint_is_signed_that_contradicts_the_one_before(hub: Trail) -> None:
    hub.attack("update ledger.leaf set sha256 = sha256('') where position = 0; delete from ledger.tree_node")
    with pytest.raises(Abort, match="run `ioc audit verify`"):
        hub.checkpoint()


def test_the_key_is_for_its_owner_alone(kept: Trail, tmp_path: Path) -> None:
    assert kept.settings.audit_key is not None
    assert kept.settings.audit_key.stat().st_mode & 0o777 == 0o600
    (tmp_path / "open.pem").write_bytes(kept.settings.audit_key.read_bytes())
    (tmp_path / "open.pem").chmod(0o644)
    with pytest.raises(Abort, match="can be read by others"):
        SigningKey.open(tmp_path / "open.pem", "x")
    with pytest.raises(Abort, match="No key is configured"):
        checkpoints.signing_key(kept.settings.model_copy(update={"audit_key": None}))


def test_a_place_that_takes_no_checkpoint_stops_publishing_in_the_end(kept: Trail, postgres: Postgres) -> None:
    with postgres.copied(kept.url) as url:
        blocked = kept.folder / "file"
        blocked.write_text("no folder")
        hub = Trail(url, kept.folder, audit_anchors=[str(blocked / "x")], audit_patience="PT1H")
        assert "cannot be used" in str(hub.checkpoint()[0].error)
        with connect(url, "loader") as connection:
            anchors.require(connection, hub.settings)  # not for an hour
            impatient = hub.settings.model_copy(update={"audit_patience": hub.settings.audit_patience * 0})
            with pytest.raises(Retry, match=r"Nothing is published: the audit trail since .* cannot be used"):
                anchors.require(connection, impatient)
        good = Trail(url, kept.folder / "other", audit_key=kept.settings.audit_key)
        assert good.checkpoint()[0].error is None
        with connect(url, "loader") as connection:
            anchors.require(connection, good.settings.model_copy(update={"audit_patience": impatient.audit_patience}))


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
        pytest.skip("there is no openssl to make time stamps with")
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


def test_checkpoints_go_to_an_address_and_get_time_stamps(kept: Trail, postgres: Postgres, authority: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/log":
            return Reply(b"taken")
        (authority / "asked.tsq").write_bytes(asked.body)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "answers", "-queryfile", "asked.tsq"]
        subprocess.run([*command, "-out", "said.tsr"], cwd=authority, check=True, capture_output=True)
        return Reply((authority / "said.tsr").read_bytes())

    with postgres.copied(kept.url) as url, stub(answer) as there:
        log, stamps = f"{there.url}/log", f"{there.url}/stamp"
        hub = Trail(
            url, kept.folder, audit_anchors=[log], audit_authority=stamps, audit_authority_ca=authority / "ca.pem"
        )
        assert hub.checkpoint() == [anchors.Anchored(log), anchors.Anchored(stamps)]
        [posted] = [asked.body.decode() for asked in there.asked if asked.path == "/log"]
        assert checkpoints.signing_key(hub.settings).verifier.signed_at(posted)
        assert hub.verify().findings == []
        hub.attack("update ledger.checkpoint set time_stamp = '\\x00' where time_stamp is not null")
        assert "no valid time stamp" in str(hub.verify().findings[0].text)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as somebody without the hub has it."""
    spec = importlib.util.spec_from_file_location("check_receipt", Path("audit/check_receipt.py").resolve())
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_script_that_checks_receipts_is_short_and_needs_nothing_of_the_hub() -> None:
    text = Path("audit/check_receipt.py").read_text("utf-8")
    assert len(text.splitlines()) <= 150
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


Receipt = dict[str, str | int]


@pytest.fixture(scope="module")
def receipt(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A receipt of a figure, and the verifier key."""
    hub = Trail(postgres.database(), tmp_path_factory.mktemp("receipt"))
    with connect(hub.url, "owner") as owner:
        facts = Facts(owner)
        facts.publish(CATALOGUE.find("gate_vehicles"), (date(2023, 6, 1), date(2023, 6, 30)))
    refresh(hub.url, "H37", ["gate_vehicles"])
    hub.checkpoint()
    with connect(hub.url, "loader") as connection:
        made = write_receipt(connection, CATALOGUE, "H37", "gate_vehicles", Period(date(2023, 6, 1), date(2023, 6, 30)))
        connection.commit()
    assert hub.one("select count(*) from ledger.entry where subject = 'receipt/gate_vehicles'") == 1
    return made, checkpoints.signing_key(hub.settings).verifier.text


def test_a_receipt_is_small_and_checks_without_the_hub(receipt: tuple[str, str], script: ModuleType) -> None:
    made, key = receipt
    assert len(made.encode()) <= 2048
    figure = script.check(made, key)
    assert (figure["kpi"], figure["province"], figure["from"], figure["to"]) == (
        "gate_vehicles",
        "H37",
        "2023-06-01",
        "2023-06-30",
    )


def _changed(name: str, change: Callable[[str], str]) -> Callable[[Receipt], Receipt]:
    return lambda said: said | {name: change(str(said[name]))}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_changed("row", lambda row: row.replace("gate_vehicles", "gate_vehicleS")), "not the one that the entry"),
        (_changed("row_place", lambda place: str(int(place) + 1)), "figure|place"),
        (_changed("entry", lambda body: body.replace('"H37"', '"H38"')), "is not in the signed checkpoint"),
        (_changed("entry_place", lambda _: "0"), "checkpoint|proof"),
        (_changed("entry_proof", lambda _: ""), "a proof is too short"),
        (_changed("checkpoint", lambda note: note.replace("\n", "\n9", 1)), "signature"),
        (_changed("checkpoint", lambda note: note.partition("\n\n")[0] + "\n\n"), "is not signed by"),
        (lambda said: {name: value for name, value in said.items() if name != "row_proof"}, "is not complete"),
    ],
)
def test_a_receipt_that_was_changed_fails_and_says_why(
    receipt: tuple[str, str], script: ModuleType, change: Callable[[Receipt], Receipt], reason: str
) -> None:
    made, key = receipt
    said = change(script.unpack(made))
    with pytest.raises(script.ReceiptError, match=reason):
        script.check(f"IOC-RECEIPT-1 {packed(said)}", key)


WRONG: list[object] = [None, 1, -1, 1e999, "", "x", '"', "(1,2", "{}", "[]", "9" * 5000, "\ud800", [], {}, "[" * 90_000]


def in_form(content: str) -> str:
    """A receipt of any content."""
    return f"IOC-RECEIPT-1 {base64.b85encode(zlib.compress(content.encode())).decode()}"


@pytest.mark.parametrize("part", ["row", "entry", "checkpoint", "row_place", "row_proof", "entry_place", "entry_proof"])
def test_whatever_stands_in_a_receipt_it_fails_with_a_reason(
    receipt: tuple[str, str], script: ModuleType, part: str
) -> None:
    made, key = receipt
    for wrong in WRONG:
        with pytest.raises(script.ReceiptError):
            script.check(in_form(json.dumps(script.unpack(made) | {part: wrong})), key)
    for whole in ("[]", "1", "null", "[" * 90_000):
        with pytest.raises(script.ReceiptError):
            script.check(in_form(whole), key)


@pytest.mark.parametrize(
    ("body", "row"),
    [
        ({"act": "figures", "subject": "kpi/x"}, "(1,2"),
        ({"act": "figures"}, "(1,2,x"),
        ({"act": "figures", "subject": "kpi/x"}, "(1,2,x"),
        ({}, '(1,"2'),
        ({}, ""),
    ],
)
def test_a_signed_receipt_that_is_not_complete_fails_with_a_reason(
    tmp_path: Path, script: ModuleType, body: dict[str, object], row: str
) -> None:
    key = SigningKey.open(tmp_path / "key.pem", "x")
    entry = json.dumps(body | {"after": {"rows": {"count": 1, "root": sha256(row.encode()).hexdigest()}}})
    note = key.sign(Head("x", 1, leaf_hash(entry.encode())))
    said: Receipt = {"row": row, "entry": entry, "checkpoint": note}
    said |= dict.fromkeys(("row_place", "entry_place"), "0") | dict.fromkeys(("row_proof", "entry_proof"), "")
    with pytest.raises(script.ReceiptError, match="is not complete"):
        script.check(f"IOC-RECEIPT-1 {packed(said)}", key.verifier.text)


def test_a_receipt_is_of_the_hubs_own_key(receipt: tuple[str, str], script: ModuleType) -> None:
    made, key = receipt
    other = VerifierKey(key.partition("+")[0], 1, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    with pytest.raises(script.ReceiptError, match="is not signed by"):
        script.check(made, other.text)
    with pytest.raises(script.ReceiptError, match="cannot be read"):
        script.check(made[:-40], key)
    with pytest.raises(script.ReceiptError, match="no verifier key"):
        script.check(made, "x")
    assert json.loads(json.dumps(script.check(made, key)))
