"""Which faults there are, and which of them hits a request.

Whether a fault hits follows from the fault seed, the request and how often that request came before: not from
the clock, nor from what other requests do. After two failed answers in a row a request is served right, if its token
still holds: a fault may have revoked it in another request.
"""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from gateway.wire import Request

MOST_IN_A_ROW = 2
Kind = Literal["token", "fails", "harmless", "window", "batch"]


@dataclass(frozen=True, slots=True)
class Fault:
    """``kind``: *token* and *fails* spoil an answer, *harmless* changes it and a right client does not mind,
    *window* changes a whole query alike, *batch* makes data that must be refused. ``once``: one time only."""

    name: str
    kind: Kind
    rate: float
    explanation: str
    path: str = "/"
    once: bool = False
    needs_gzip: bool = False

    @property
    def in_all(self) -> bool:
        return self.kind != "batch"


_LIST = (
    Fault("token_expires", "token", 0.02, "a token is good for 1/rate requests only, whatever expires_in says"),
    Fault("token_revoked", "fails", 0.01, "401 in the middle of a read; the token stays invalid"),
    Fault("busy_429", "fails", 0.02, "429 with Retry-After of a second, as seconds or as an HTTP date"),
    Fault("error_503", "fails", 0.02, "503 without a reason"),
    Fault("error_500", "fails", 0.01, "500 with a text body"),
    Fault("dvc_busy", "fails", 0.03, "error_code -99 under HTTP 200", path="/dvc/"),
    Fault("dvc_session", "fails", 0.02, "error_code -1 under HTTP 200; the token stays invalid", path="/dvc/"),
    Fault("ioffice_code_500", "fails", 0.02, "code 500 under HTTP 200", path="/ioffice/"),
    Fault("ioffice_code_429", "fails", 0.02, "code 429 under HTTP 200", path="/ioffice/"),
    Fault("ioffice_code_401", "fails", 0.02, "code 401 under HTTP 200; the token stays invalid", path="/ioffice/"),
    Fault("government_503", "fails", 0.1, "503 from the Government's IOC, nothing taken", path="/iocqg/"),
    Fault("government_lost", "fails", 0.1, "503 from the Government's IOC after it took the message", path="/iocqg/"),
    Fault("slow", "harmless", 0.03, "the answer comes 0.1 to 0.5 s late"),
    Fault("stall", "fails", 0.002, "half of the body, then silence: the client's deadline must end it"),
    Fault("cut", "fails", 0.01, "the connection closes in the middle of the body"),
    Fault("bad_gzip", "fails", 0.01, "a gzip body that does not unpack", needs_gzip=True),
    Fault("truncated_json", "fails", 0.01, "half of the body, with the length of that half"),
    Fault("html_error", "fails", 0.01, "an HTML page under HTTP 200"),
    Fault("oversize", "fails", 0.05, "200 MB of zeros, a few hundred kB when packed", once=True),
    Fault("redirect_elsewhere", "fails", 0.05, "302 to another host", once=True),
    Fault("cursor_gone", "fails", 0.05, "410 for a cursor that is not old", path="/cuakhau/v1/phuong-tien", once=True),
    Fault("extra_field", "harmless", 0.03, "records have a field that the interface does not name"),
    Fault("missing_field", "harmless", 0.03, "a field without a value is left out of some records"),
    Fault("null_field", "harmless", 0.03, "a field without a value is null in some records"),
    Fault(
        "reordered_ties",
        "harmless",
        0.05,
        "records of the same time come in another order within a page",
        path="/dvc/v1/ho-so",
    ),
    Fault("duplicate_page_rows", "window", 0.2, "the last record of page 1 opens page 2 again; the total counts it"),
    Fault("over_declared", "batch", 1, "the declared total is one more than the records given"),
    Fault("under_declared", "batch", 1, "the declared total is one less than the records given"),
    Fault("empty", "batch", 1, "an empty answer"),
    Fault("shrunk_snapshot", "batch", 1, "the service catalogue has lost half", path="/dvc/v1/thu-tuc"),
    Fault("drift", "batch", 1, "a field has another name in every record"),
    Fault("government_409", "batch", 1, "the Government's IOC holds every key for used", path="/iocqg/"),
    Fault("government_422", "batch", 1, "the Government's IOC refuses every new message", path="/iocqg/"),
    Fault("forbidden", "batch", 1, "403: this client may not read this feed"),
)
FAULTS = {fault.name: fault for fault in _LIST}


def parse_faults(text: str) -> dict[str, float]:
    """``all`` or ``name[:rate],…`` to rates by name. Raises ValueError with one line."""
    rates: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, rate = part.partition(":")
        if name == "all":
            rates |= {fault.name: fault.rate for fault in _LIST if fault.in_all}
        elif name not in FAULTS:
            raise ValueError(f"unknown fault {name!r}: --list-faults shows them")
        try:
            value = float(rate) if rate else None
        except ValueError:
            value = -1.0
        if value is not None and not 0 < value <= 1:
            raise ValueError(f"fault {part!r}: the rate must be a number above 0 and at most 1")
        if name != "all":
            rates[name] = FAULTS[name].rate if value is None else value
        elif value is not None:
            rates |= dict.fromkeys(rates, value)
    return rates


class Faults:
    """The faults that are switched on, and what they did (``fired``: times by name)."""

    def __init__(self, rates: dict[str, float], seed: int = 0) -> None:
        self.rates = rates
        self.fired: dict[str, int] = {}
        self._seed = seed
        self._attempts: dict[bytes, int] = {}
        self._failures: dict[bytes, int] = {}
        self.has_batch = any(FAULTS[name].kind == "batch" for name in rates)
        self._per_request = [FAULTS[name] for name in rates if FAULTS[name].kind in ("fails", "harmless")]

    def __bool__(self) -> bool:
        return bool(self.rates)

    def plan(self, request: Request, among: Collection[str] = FAULTS) -> str:
        """The fault of ``among`` that hits this request, or ``""``."""
        if not self._per_request:
            return ""
        key = _digest(request.signature)
        attempt = self._attempts[key] = self._attempts.get(key, 0) + 1
        may_fail = self._failures.get(key, 0) < MOST_IN_A_ROW
        for fault in self._per_request:
            if fault.name not in among or (fault.kind == "fails" and not may_fail):
                continue
            if self._eligible(fault, request) and self._hits(fault.name, key + bytes([attempt % 251])):
                self._failures[key] = self._failures.get(key, 0) + 1 if fault.kind == "fails" else 0
                self._count(fault.name)
                return fault.name
        self._failures[key] = 0
        return ""

    def expires(self, request: Request, uses: int) -> bool:
        """True when the token, used ``uses`` times, counts as expired for this request."""
        rate = self.rates.get("token_expires", 0)
        if not rate or uses <= 1 / rate:
            return False
        if self._failures.get(_digest(request.signature), 0) >= MOST_IN_A_ROW:
            return False
        self._count("token_expires")
        return True

    def note_failure(self, request: Request) -> None:
        """Counts a refusal that follows from an earlier fault, such as a token that was revoked."""
        if self.rates:
            key = _digest(request.signature)
            self._failures[key] = self._failures.get(key, 0) + 1

    def active(self, name: str, window: bytes) -> bool:
        """True when a *window* or *batch* fault holds for the query ``window``, then for all its pages."""
        if name not in self.rates or not self._hits(name, window):
            return False
        self._count(name)
        return True

    def _eligible(self, fault: Fault, request: Request) -> bool:
        if fault.once and fault.name in self.fired:
            return False
        if fault.needs_gzip and "gzip" not in request.headers.get("accept-encoding", ""):
            return False
        if fault.name == "cursor_gone" and "cursor" not in request.query:
            return False
        return request.path.startswith(fault.path)

    def _hits(self, name: str, key: bytes) -> bool:
        rate = self.rates[name]
        return rate >= 1 or int.from_bytes(_digest(f"{self._seed} {name} ".encode() + key)) < rate * 2**64

    def _count(self, name: str) -> None:
        self.fired[name] = self.fired.get(name, 0) + 1


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=8).digest()
