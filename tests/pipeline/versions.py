"""Documents of a test's own, and what a few lines of Python say should become of their versions."""

from dataclasses import dataclass, field
from typing import Any

ORGANISATION = "000.00.11.H37"
UNKNOWN_ORGANISATION = "000.00.77.H37"


def document(code: Any, version: int = 1, content: str = "a", **changed: Any) -> dict[str, Any]:
    """A document as iOffice gives it; a higher `version` was changed later."""
    return {
        "document_id": code,
        "organid": ORGANISATION,
        "codenumber": "12",
        "codenotation": "12/UBND-VP",
        "promulgationdate": "2023-02-27T08:00:00",
        "steeringtype": content,
        "subject": "V/v nâng lương của Nguyễn Văn A",
        "urgency": "",
        "secret": False,
        "signed": True,
        "signed_at": None,
        "updated_at": f"2023-02-27T{8 + version:02}:00:00",
        **changed,
    }


BAD: dict[str, dict[str, Any]] = {
    "": {},
    "no_code": {"document_id": ""},
    "no_date": {"promulgationdate": "2023-02-31T08:00:00"},
    "no_answer": {"secret": None},
}
"""What makes a document bad."""
SEEN_ALONE = {"no_code", "no_date", "no_answer"}
"""What is bad about a document by itself; such a one contradicts no other."""


@dataclass(frozen=True)
class Given:
    """A version that comes, and how it is bad ("" for good)."""

    code: str
    version: int
    content: str
    bad: str = ""

    def wire(self, prefix: str) -> dict[str, Any]:
        return document(prefix + self.code, self.version, self.content) | BAD[self.bad]

    @property
    def identity(self) -> tuple[str, int] | None:
        return None if self.bad == "no_code" else (self.code, self.version)


@dataclass
class Model:
    """The facts as code → (version, content), and the account of the last batch."""

    facts: dict[str, tuple[int, str]] = field(default_factory=dict)

    def take(self, batch: list[Given]) -> dict[str, int]:
        different = [*{g for g in batch if g.identity}, *(g for g in batch if not g.identity)]
        said: dict[Any, set[tuple[str, str]]] = {}
        for given in different:
            if given.bad not in SEEN_ALONE:
                said.setdefault(given.identity, set()).add((given.content, given.bad))
        good = [g for g in different if not g.bad and len(said[g.identity]) == 1]
        account = {"fetched": len(different), "quarantined": len(different) - len(good)}
        newest: dict[str, tuple[int, str]] = {}
        for given in good:
            newest[given.code] = max(newest.get(given.code, (0, "")), (given.version, given.content))
        account |= {"loaded": 0, "unchanged": 0, "superseded": len(good) - len(newest), "removed": 0}
        for code, version in newest.items():
            held = self.facts.get(code, (0, ""))
            fate = "unchanged" if held == version else "superseded" if held[0] > version[0] else "loaded"
            account[fate] += 1
            if fate == "loaded":
                self.facts[code] = version
        return account
