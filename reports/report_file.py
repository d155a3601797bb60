"""A report as a file, and its entry in the trail."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from hub.periods import Period
from warehouse import trail
from warehouse.serving import Connection


@dataclass(frozen=True)
class ReportFile:
    """A report that was made of what the hub holds at one moment."""

    kind: Literal["periodic", "quality"]
    name: str
    """Of the file."""
    province: str
    period: Period
    body: bytes
    figures: int
    """How many figures are in it."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def enter(self, connection: Connection, actor: str | None = None) -> int:
        """Writes the trail's entry, within the caller's transaction; gives its number."""
        return trail.write(
            connection,
            "report",
            f"report/{self.kind}/{self.name}",
            province=self.province,
            actor=actor,
            after={
                "from": self.period.first.isoformat(),
                "to": self.period.last.isoformat(),
                "sha256": self.sha256,
                "figures": self.figures,
            },
        )
