"""Which fields came on which pages of a read: one that is on no record of a page has vanished there."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from warehouse.column_profiles import FEWEST_RECORDS

NEARLY_ALL = 0.95


@dataclass
class Presence:
    """How often the wired fields came; of dropped personal fields nothing is known."""

    absent: Counter[str] = field(default_factory=Counter)
    """By field the records of all pages without it."""
    _records: int = 0
    _lacking: dict[str, dict[int, int]] = field(default_factory=dict)
    """Field → pages on which no record has it → their records."""
    _missed: Counter[str] = field(default_factory=Counter)
    """By field the records without it on the other pages."""

    def note(self, page: int, records: int, absent: Mapping[str, int]) -> None:
        """Takes a page down; one of few records says nothing of the others."""
        self.absent.update(absent)
        if records < FEWEST_RECORDS:
            return
        self._records += records
        for name, count in absent.items():
            if count == records:
                self._lacking.setdefault(name, {})[page] = records
            else:
                self._missed[name] += count

    def vanished(self) -> dict[str, list[int]]:
        """The fields that are on no record of a page and on nearly all of the other pages, with these pages."""
        found = {}
        for name, pages in self._lacking.items():
            others = self._records - sum(pages.values())
            if others and others - self._missed[name] >= NEARLY_ALL * others:
                found[name] = sorted(pages)
        return found
