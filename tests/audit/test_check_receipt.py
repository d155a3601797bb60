"""A receipt proves a figure without the hub, and fails with a reason where it does not."""

import base64
import importlib.util
import json
import sys
import zlib
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoints
from audit.merkle import leaf_hash
from audit.notes import Head, SigningKey, VerifierKey
from hub.errors import Abort
from hub.periods import Period
from kpis.receipts import packed, write_receipt
from tests.audit.trail import Trail
from tests.installation import CATALOGUE, refresh
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse.database import connect


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
    """A receipt of a figure, and the verifier key. Of a figure that was changed since there is none."""
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
    june = Period(date(2023, 6, 1), date(2023, 6, 30))
    with connect(hub.url, "owner") as owner:
        owner.execute("update kpi.observation set value = value + 1")
        with pytest.raises(Abort, match="The figure is not as it was sealed"):
            write_receipt(owner, CATALOGUE, "H37", "gate_vehicles", june)
        owner.rollback()
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


def test_a_proof_shows_no_hash_of_a_row_beside_the_figure(
    postgres: Postgres, tmp_path: Path, script: ModuleType
) -> None:
    """All of such a row but its numbers can be guessed, so its bare hash would tell them: also of a withheld figure."""
    hub = Trail(postgres.database(), tmp_path)
    with connect(hub.url, "owner") as owner:
        facts = Facts(owner)
        moment = {"processed_at": "2023-06-05T08:00:00+07:00"}
        facts.add("fact_vehicle", [moment | {"declaration_code": f"d{n}", "direction": "export"} for n in range(9)])
        facts.publish(CATALOGUE.find("gate_vehicles"), (date(2023, 6, 1), date(2023, 6, 30)))
    refresh(hub.url, "H37", ["gate_vehicles"])
    hub.checkpoint()
    with connect(hub.url, "loader") as connection:
        made = write_receipt(connection, CATALOGUE, "H37", "gate_vehicles", Period(date(2023, 6, 1), date(2023, 6, 30)))
        query = "select unnest(hashes) from ledger.seal_part where relation = 'kpi.observation'"
        bare = {bytes(one) for (one,) in connection.execute(query)}
    said = script.unpack(made)
    assert len(bare) > 2
    shown = set(script.hashes(said["row_proof"]))
    assert shown
    assert not shown & (bare | {leaf_hash(one) for one in bare})


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
