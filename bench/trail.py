"""How long the audit trail takes: `python -m bench.trail [ENTRIES]` (a million without it) writes entries into a
database of its own, signs them in two checkpoints and verifies. Prints seconds by the clock, and those of a
processor that Python and the server's process took."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from audit import checkpoints
from audit.merkle import inclusion_ranges
from audit.notes import SigningKey
from audit.verification import verify
from bench.database import running
from warehouse import trail
from warehouse.database import connect
from warehouse.landing import Landing

_BODY = (
    '{"act":"load","actor":"airflow:source_dvc_h37/scheduled__2023-06-01","after":{"batches":[{"batch":%s,"fetched":900,'
    '"from":"2023-06-01","loaded":800,"quarantined":3,"specification":"' + "a" * 64 + '","status":"published","to":'
    '"2023-06-01","unchanged":97}]},"at":"2023-06-01T08:00:00.000000+07:00","province":"H37",'
    '"subject":"feed/dvc/dossiers","version":"0.1.0"}'
)


@contextmanager
def _timed(what: str, connection: psycopg.Connection[Any]) -> Iterator[None]:
    pid = connection.info.backend_pid
    begun = time.monotonic(), time.process_time() + _processor(pid)
    yield
    clock, processor = time.monotonic() - begun[0], time.process_time() + _processor(pid) - begun[1]
    print(f"{what}: {clock:.2f} s by the clock, {processor:.2f} s of a processor", flush=True)


def _processor(pid: int) -> float:
    """Seconds of a processor that the server's process for a connection took."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(count: int) -> None:
    """Measures with so many entries."""
    with running() as server, server.database(hub=True) as url, tempfile.TemporaryDirectory() as folder:
        key = SigningKey.open(Path(folder) / "key.pem", "bench")
        address = url.replace("postgresql:", "postgresql+psycopg:")
        with connect(address, "owner") as owner, _timed(f"{count} entries written", owner):
            owner.execute(
                "with written as (insert into ledger.entry (body) select format(%s, n) from generate_series(1, %s) n"
                " returning entry_id) insert into ledger.pending_entry select entry_id from written",
                [_BODY, count],
            )
            owner.commit()
            owner.autocommit = True
            owner.execute("vacuum analyze ledger.entry, ledger.pending_entry")
        with connect(address, "loader") as connection:
            with _timed("checkpoint over all of them", connection):
                made = checkpoints.make(connection, key)
            for number in range(1000):
                trail.write(connection, "load", f"feed/{number}")
            connection.commit()
            with _timed("checkpoint over 1,000 more", connection):
                made = checkpoints.make(connection, key)
            with _timed("1,000 proofs of inclusion", connection):
                for leaf in range(0, made.size, max(made.size // 1000, 1)):
                    checkpoints.proof(connection, inclusion_ranges(leaf, made.size))
            connection.rollback()
        with connect(address, "owner") as owner:
            owner.autocommit = True
            owner.execute("vacuum analyze ledger.leaf, ledger.tree_node")
        with connect(address, "loader") as connection, _timed("verified", connection):
            found = verify(connection, Landing(f"{folder}/landing"), key=key.verifier)
        print(f"{found.entries} entries, {found.checkpoints} checkpoints, {[str(one.text) for one in found.findings]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
