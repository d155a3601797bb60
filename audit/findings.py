"""What a verification looked at, and what it found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hub.translation import Wording

Kind = Literal[
    "changed",
    "deleted",
    "added",
    "sealed again",
    "computed",
    "seal",
    "account",
    "page",
    "file",
    "entry",
    "checkpoint",
]
VerificationStage = Literal["trail", "tables", "pages"]
Progress = Callable[[VerificationStage, int, int], None]
"""Is told what is looked at, how many of them are done, and of how many."""
LISTED = 100
"""Findings of one kind in one table that are listed; the others are counted."""


@dataclass(frozen=True)
class Mismatch:
    """Something that is not as it was; `text` says it in words, the others for machines."""

    kind: Kind
    text: Wording
    table: str | None = None
    key: str | None = None
    """Values of the table's key."""
    batch_id: int | None = None
    page_number: int | None = None


@dataclass
class Verification:
    """What was looked at, and what was found. `findings` are at most `LISTED` of each kind and table, `counts` all of
    them by kind and table."""

    rows: dict[str, int] = field(default_factory=dict)
    """Rows by table."""
    seals: int = 0
    pages: int = 0
    """Landed pages that were read."""
    accounts: int = 0
    removed_pages: int = 0
    """Pages that are no longer kept, as their removal was written down."""
    redacted_parts: int = 0
    """Parts of seals in which a code was replaced by a pseudonym; of the whole hub."""
    sealed_by_upgrade: int = 0
    """Rows that never change otherwise, and that a migration of the schema sealed again."""
    left_behind: int = 0
    """Pages that loads which were interrupted had landed; no batch names them."""
    sealed_later: int = 0
    """Batches that had ended before seals were kept; what they brought is sealed as it was at `sealed_since`."""
    sealed_since: datetime | None = None
    newest_seal: tuple[int, str] | None = None
    """Number of the newest seal, and a hash over all seals up to it."""
    entries: int = 0
    """Entries of the audit trail that have a place in the tree."""
    pending: int = 0
    """Entries that wait for the next checkpoint; what is done to them is not noticed."""
    checkpoints: int = 0
    """Checkpoints that were compared with the tree, those outside of the database included."""
    newest_checkpoint: str | None = None
    unsigned: bool = False
    """Whether signatures were not looked at, because no key is known."""
    findings: list[Mismatch] = field(default_factory=list)
    counts: Counter[tuple[Kind, str | None]] = field(default_factory=Counter)

    @property
    def sound(self) -> bool:
        return not self.counts

    def found_in_trail(self, text: Wording, number: int | None, kind: Literal["entry", "checkpoint"] = "entry") -> None:
        """Adds a finding about an entry, by its number, or about the tree and its checkpoints, by a size or place."""
        key = None if number is None else str(number)
        self.found(Mismatch(kind, text, f"ledger.{kind}", key))

    def found(self, finding: Mismatch) -> None:
        """Counts a finding, and lists it while there are few of its kind."""
        place = finding.kind, finding.table
        self.counts[place] += 1
        if self.counts[place] <= LISTED:
            self.findings.append(finding)
