"""A hub with an audit trail, which tests change as whoever owns its database can."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from audit import anchors, checkpoints
from audit.findings import Verification
from audit.verification import verify
from hub.settings import Settings
from tests.postgres import Postgres
from warehouse import trail
from warehouse.database import connect
from warehouse.landing import Landing


class Trail:
    """A hub with an audit trail, and a folder outside of its database, `anchor`, that holds its checkpoints."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.anchor = url, folder, folder / "anchor"
        self.use(audit_anchors=[str(self.anchor)])

    def use(self, **settings: object) -> None:
        """Makes these its settings, beside those that every one has."""
        self.settings = Settings.model_validate(
            {
                "installation": self.folder,
                "warehouse_url": self.url,
                "province": "H37",
                "area": "20",
                "hmac_key": SecretStr("x" * 32),
                "audit_key": self.folder / "keys" / "audit.pem",
                **settings,
            }
        )

    @contextmanager
    def copied(self, postgres: Postgres, folder: Path) -> Iterator["Trail"]:
        """A copy of it for a while, which keeps its checkpoints in a folder of its own."""
        shutil.copytree(self.folder, folder)
        with postgres.copied(self.url) as url:
            copy = Trail(url, folder)
            copy.attack(f"update ledger.anchor set place = '{copy.anchor}' where place = '{self.anchor}'")
            yield copy

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
