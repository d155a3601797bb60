"""One version of a dossier as the portal writes it."""

from typing import NamedTuple

import msgspec

from gateway import people
from gateway.moments import compact

_encode = msgspec.json.Encoder().encode

NEW, RECEIVED, NOT_ACCEPTED, IN_PROCESS, SUPPLEMENT = "1", "2", "3", "4", "5"
FEE_DUE, WITHDRAWN, STOPPED, PROCESSED, RETURNED = "6", "7", "8", "9", "10"
NONE = -1


class Facts(NamedTuple):
    """What the portal's own statistics need of a version. Moments; NONE when it does not count."""

    dossier: int
    received: int
    online: bool
    resolved: int
    on_time: bool


class Version(NamedTuple):
    """Dates are moments; NONE stands for no value."""

    code: str
    procedure: str
    organisation: str
    commune: str
    commune_name: str
    channel: str
    level: int
    filed: int
    received: int
    due: int
    ended: int
    returned: int
    refused: int
    status: str
    person: int
    updated: int

    def body(self, **overwritten: str) -> bytes:
        """The record's JSON; ``overwritten`` plants wrong values by wire name."""
        record = {
            "MaHoSo": self.code,
            "MaTTHC": self.procedure,
            "MaDonViXuLy": self.organisation,
            "MaDiaBan": self.commune,
            "KenhThucHien": self.channel,
            "MucDo": str(self.level),
            "NgayNopHoSo": compact(self.filed),
            "NgayTiepNhan": compact(self.received),
            "NgayHenTra": compact(self.due),
            "NgayKetThucXuLy": compact(self.ended),
            "NgayTra": compact(self.returned),
            "NgayTuChoi": compact(self.refused),
            "TrangThaiHoSo": self.status,
            "ChuHoSo": people.name(self.person),
            "SoGiayToChuHoSo": people.identity(self.person),
            "SoDienThoai": people.telephone(self.person),
            "DiaChi": people.address(self.person, self.commune_name),
            "NgayCapNhat": compact(self.updated),
        }
        if overwritten:
            record.update(overwritten)
        return _encode(record)

    def facts(self, number: int) -> Facts:
        counted = self.received >= 0 and self.status not in (NEW, NOT_ACCEPTED)
        resolved = self.ended if self.status in (PROCESSED, RETURNED) else NONE
        return Facts(
            dossier=number,
            received=self.received if counted else NONE,
            online=self.channel == "2",
            resolved=resolved,
            on_time=self.due < 0 or self.ended <= self.due,
        )
