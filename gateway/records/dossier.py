"""One dossier as the portal writes and counts it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway import people
from gateway.areas import Commune
from gateway.chance import Row
from gateway.moments import compact
from gateway.records.services import Service
from gateway.shelf import encode

NONE = -1


class Status:
    """What became of a dossier, as the portal writes it."""

    NEW, RECEIVED, NOT_ACCEPTED, IN_PROCESS, SUPPLEMENT = "1", "2", "3", "4", "5"
    FEE_DUE, WITHDRAWN, STOPPED, PROCESSED, RETURNED = "6", "7", "8", "9", "10"


class Channel:
    """How a dossier came."""

    DIRECT, ONLINE, POST = "1", "2", "3"


class DossierFacts(NamedTuple):
    """What the portal's own statistics need of a version. Moments; NONE when it does not count."""

    dossier: int
    received: int
    online: bool
    resolved: int
    on_time: bool


@dataclass(slots=True)
class Dossier:
    """A dossier's last state. Dates are moments; NONE stands for no value."""

    service: Service
    channel: str
    filed: int
    received: int
    organisation: str
    commune: Commune
    due: int = NONE
    ended: int = NONE
    returned: int = NONE
    refused: int = NONE
    status: str = Status.RECEIVED
    code: str = ""
    person: int = 0

    def body(self, status: str, updated: int, wrong: Row | None = None) -> bytes:
        """Its JSON as known at ``status``, when later dates are not there yet, with its ``wrong`` values."""
        known, person = status != Status.NEW, self.person
        record = {
            "MaHoSo": self.code,
            "MaTTHC": self.service.code,
            "MaDonViXuLy": self.organisation,
            "MaDiaBan": self.commune.code,
            "KenhThucHien": self.channel,
            "MucDo": str(self.service.level_on(self.filed)),
            "NgayNopHoSo": compact(self.filed),
            "NgayTiepNhan": compact(self.received) if known else "",
            "NgayHenTra": compact(self.due) if known else "",
            "NgayKetThucXuLy": compact(self.ended) if status in (Status.PROCESSED, Status.RETURNED) else "",
            "NgayTra": compact(self.returned) if status == Status.RETURNED else "",
            "NgayTuChoi": compact(self.refused) if status == Status.NOT_ACCEPTED else "",
            "TrangThaiHoSo": status,
            "ChuHoSo": people.name(person),
            "SoGiayToChuHoSo": people.identity(person),
            "SoDienThoai": people.telephone(person),
            "DiaChi": people.address(person, self.commune.name),
            "NgayCapNhat": compact(updated),
        }
        return encode(record | wrong if wrong else record)

    def facts(self, number: int, status: str) -> DossierFacts:
        """What counts of it at ``status``."""
        received = self.received if status not in (Status.NEW, Status.NOT_ACCEPTED) else NONE
        resolved = self.ended if status in (Status.PROCESSED, Status.RETURNED) else NONE
        return DossierFacts(
            number, received, self.channel == Channel.ONLINE, resolved, self.due < 0 or self.ended <= self.due
        )


class DossierCounts:
    """The portal's own count for any range of moments, over the newest version of each dossier."""

    def __init__(self, versions: Sequence[DossierFacts | None]) -> None:
        """``versions`` in order of change; None is a row that the portal leaves out."""
        newest = {facts.dossier: facts for facts in versions if facts is not None}.values()
        received, resolved = [f for f in newest if f.received >= 0], [f for f in newest if f.resolved >= 0]
        self._columns = {
            "tiepNhan": sorted(f.received for f in received),
            "tiepNhanTrucTuyen": sorted(f.received for f in received if f.online),
            "giaiQuyet": sorted(f.resolved for f in resolved),
            "dungHan": sorted(f.resolved for f in resolved if f.on_time),
        }

    def between(self, low: int, high: int) -> dict[str, int]:
        """Received or resolved in [low, high), by wire name."""
        return {name: bisect_left(column, high) - bisect_left(column, low) for name, column in self._columns.items()}
