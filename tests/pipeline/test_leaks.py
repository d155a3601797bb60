"""No planted name, number, plate or subject rests anywhere after a load."""

import re
import subprocess
from pathlib import Path

import pytest
import zstandard

from gateway.people import LEAK_PATTERNS
from hub.errors import Reject
from tests.connectors.simulated import Simulated
from tests.pipeline.hub import Hub
from tests.pipeline.test_offences import URGENCY, personal
from tests.pipeline.versions import document
from tests.postgres import BINARIES, DEFAULT


def test_no_personal_text_is_anywhere(loaded: Hub) -> None:
    leak = re.compile("|".join(LEAK_PATTERNS).encode())
    dump = subprocess.run(
        [BINARIES[DEFAULT] / "pg_dump", loaded.url.replace("+psycopg", "")], capture_output=True, check=True, timeout=60
    ).stdout
    assert b"fact_dossier" in dump
    without_hashes = re.sub(rb"[0-9a-f]{64}", b"", dump)  # digits of a hash may look like a telephone number
    assert leak.findall(without_hashes) == []
    pages = list(Path(loaded.settings.landing_address).rglob("*.zst"))
    assert len(pages) > 50
    for page in pages:
        assert leak.findall(zstandard.ZstdDecompressor().decompress(page.read_bytes())) == []
    for path in loaded.settings.state.rglob("*"):
        if path.is_file():
            assert leak.findall(path.read_bytes()) == []


def test_what_a_load_says_holds_no_personal_text(
    hub: Hub, gateway: Simulated, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    with gateway.faults("drift"), pytest.raises(Reject) as error:
        hub.run("dvc", "dossiers")
    hub.run("gate", "vehicles")
    told = caplog.text + str(error.value) + "".join(capfd.readouterr())
    assert re.findall("|".join(LEAK_PATTERNS), told) == []


def test_what_refused_records_broke_rules_with_holds_no_person_and_no_hash_of_one(hub: Hub) -> None:
    planted = "Nguyễn Thị Bích Hằng 0912345678"
    column = 'personal = "hmac", pattern = "^$", required = true'
    personal(hub, URGENCY, f'urgency = {{ wire = "urgency", {column} }}')
    given = [
        document("A", urgency=planted),
        document("B", urgency="", subject=planted),
        document("C", urgency={"name": planted}, secret="?"),
        document("D", urgency=planted, secret=[planted], updated_at=None),
    ]
    hub.take("ioffice", "documents", given)
    rows = hub.rows(
        "select offences::text, record->'record'->>'urgency' from serving.quarantine as q"
        " join quality.quarantine using (quarantine_id, offences) order by q.row_number"
    )
    assert len(rows) == 4
    offences = "".join(text for text, _ in rows)
    assert "urgency:pattern" in offences and "urgency:required" in offences
    assert planted not in offences
    hashed = rows[0][1]
    assert len(hashed) == 64
    assert hashed not in offences
