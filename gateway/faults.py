"""Which faults there are, and which of them hits a request.

Whether a fault hits follows from the fault seed, the request and how often that request came before: not from
the clock, nor from what other requests do. After two failed answers in a row a request is served right, if its token
still holds: a fault may have revoked it in another request.
"""

import tomllib
from collections import Counter
from collections.abc import Collection
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from gateway.wire import Call

MOST_IN_A_ROW = 2


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer in the place of the right one."""

    body: str
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = {}


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a fault is; ``faults.toml`` has them all and says what the fields mean."""

    kind: Literal["token", "fails", "harmless", "window", "batch"]
    rate: int | float
    explanation: str
    path: str = "/"
    once: bool = False
    needs_gzip: bool = False
    revokes: bool = False
    answer: Refusal | None = None

    @property
    def in_all(self) -> bool:
        """Whether ``all`` switches it on."""
        return self.kind != "batch"


FAULTS = msgspec.convert(
    tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")), dict[str, Fault]
)


def parse_faults(text: str) -> dict[str, float]:
    """``all`` or ``name[:rate],…`` to rates by name. Raises ValueError with one line."""
    rates: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, rate = part.partition(":")
        if name == "all":
            rates |= {name: fault.rate for name, fault in FAULTS.items() if fault.in_all}
        elif name not in FAULTS:
            raise ValueError(f"unknown fault {name!r}: --list-faults shows them")
        else:
            rates[name] = FAULTS[name].rate
        if not rate:
            continue
        try:
            value = float(rate)
        except ValueError:
            value = -1.0
        if not 0 < value <= 1:
            raise ValueError(f"fault {part!r}: the rate must be a number above 0 and at most 1")
        rates |= dict.fromkeys(rates if name == "all" else [name], value)
    return rates


class Faults:
    """The faults that are switched on, and what they did (``fired``: times by name)."""

    def __init__(self, rates: dict[str, float], seed: int = 0) -> None:
        self.rates = rates
        self.fired: Counter[str] = Counter()
        self._seed = seed
        self._attempts: Counter[bytes] = Counter()
        self._failures: Counter[bytes] = Counter()
        self._readings: Counter[bytes] = Counter()
        self.has_batch = any(FAULTS[name].kind == "batch" for name in rates)
        self._per_request = [name for name in rates if FAULTS[name].kind in ("fails", "harmless")]

    def plan(self, call: "Call", among: Collection[str] = FAULTS) -> str:
        """The fault of ``among`` that hits this request, or ``""``."""
        if not self._per_request:
            return ""
        key = _digest(call.signature)
        self._attempts[key] += 1
        attempt = bytes([self._attempts[key] % 251])
        may_fail = self._failures[key] < MOST_IN_A_ROW
        for name in self._per_request:
            fails = FAULTS[name].kind == "fails"
            if name not in among or (fails and not may_fail):
                continue
            if self._eligible(name, call) and self._hits(name, key + attempt):
                self._failures[key] = self._failures[key] + 1 if fails else 0
                self.fired[name] += 1
                return name
        self._failures[key] = 0
        return ""

    def expires(self, call: "Call", uses: int) -> bool:
        """True when the token, used ``uses`` times, counts as expired for this request."""
        rate = self.rates.get("token_expires", 0)
        if not rate or uses <= 1 / rate or self._failures[_digest(call.signature)] >= MOST_IN_A_ROW:
            return False
        self.fired["token_expires"] += 1
        return True

    def note_failure(self, call: "Call") -> None:
        """Counts a refusal that follows from an earlier fault, such as a token that was revoked."""
        if self.rates:
            self._failures[_digest(call.signature)] += 1

    def active(self, name: str, window: bytes) -> bool:
        """True when a *window* or *batch* fault holds for the query ``window``, then for all its pages."""
        if name not in self.rates or not self._hits(name, window):
            return False
        self.fired[name] += 1
        return True

    def is_late(self, window: bytes, begins: bool) -> bool:
        """True while the query ``window`` is read for the first time and its newest records have not come; ``begins``
        says that this is the first page of a reading."""
        if "late_rows" not in self.rates or not self._hits("late_rows", window):
            return False
        self._readings[window] += begins
        if self._readings[window] > 1:
            return False
        self.fired["late_rows"] += 1
        return True

    def _eligible(self, name: str, call: "Call") -> bool:
        fault = FAULTS[name]
        if (fault.once and name in self.fired) or (fault.needs_gzip and not call.takes_gzip):
            return False
        return call.path.startswith(fault.path) and (name != "cursor_gone" or "cursor" in call.query_params)

    def _hits(self, name: str, key: bytes) -> bool:
        rate = self.rates[name]
        return rate >= 1 or int.from_bytes(_digest(f"{self._seed} {name} ".encode() + key)) < rate * 2**64


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=8).digest()
