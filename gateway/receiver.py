"""The Government's IOC, which takes a province's indicators. The only part of the gateway that remembers."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec

from gateway.moments import iso_offset
from gateway.wire import Answer, Request, bad_parameter, encode

PATH = "/iocqg/v1/chi-tieu"
INDICATORS = frozenset(
    {
        "online_dossier_rate",
        "on_time_dossier_rate",
        "active_online_service_rate",
        "full_online_service_rate",
        "national_portal_services",
        "level4_online_dossier_rate",
        "signed_document_rate",
        "electronic_work_rate",
        "digital_certificates",
        "lgsp_connection_rate",
        "phone_density",
        "internet_density",
        "base_stations",
        "villages_without_coverage",
        "telecom_revenue",
        "postal_revenue",
        "postal_points",
        "ecommerce_listings",
        "ecommerce_transactions",
        "ecommerce_order_revenue",
        "digital_account_plan_rate",
        "gate_vehicles",
        "feedback_resolved_rate",
        "positive_press_rate",
        "security_threats",
    }
)
"""All that a province may send; which eight it sends is its own setting."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_RECEIPTS = UUID("0d1c7e4a-54a3-4f0e-9a55-7f5e3c1f2b20")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that was taken; ``taken`` is a moment of the gateway's clock."""

    key: str
    receipt: str
    taken: int
    body: dict[str, Any]

    def listing(self) -> dict[str, object]:
        """As tests see it."""
        taken = iso_offset(self.taken, utc=False)
        return {"ma_nhan": self.receipt, "khoa": self.key, "nhan_luc": taken, "noi_dung": self.body}


class Receiver:
    """Takes messages of the province ``area`` once each, all of a message or nothing."""

    def __init__(self, area: str) -> None:
        self._area = area
        self._accepted: dict[str, Accepted] = {}
        self._versions: dict[tuple[str, str], int] = {}  # by indicator and period

    def accepted(self) -> list[Accepted]:
        """In the order in which they came."""
        return list(self._accepted.values())

    def take(self, request: Request) -> Answer:
        """Answers a message: 202, 400 when it is none, 409 or 422."""
        try:
            key = str(UUID(request.headers.get("idempotency-key", "")))
        except ValueError:
            return bad_parameter("Idempotency-Key phải là một UUID")
        try:
            body = msgspec.json.decode(request.body)
        except msgspec.DecodeError:
            return bad_parameter("nội dung không phải JSON")
        if not isinstance(body, dict):
            return bad_parameter("nội dung phải là một đối tượng JSON")
        if request.active("government_409", PATH.encode()):
            return _conflict()
        before = self._accepted.get(key)
        if before:
            return _receipt(before) if before.body == body else _conflict()
        if request.active("government_422", PATH.encode()):
            return _refused([("", "kỳ báo cáo đang khoá")])
        wrong = list(self._wrong(body))
        if wrong:
            return _refused(wrong)
        for item in body["chi_tieu"]:
            self._versions[item["ma"], body["ky"]] = item["phien_ban"]
        accepted = Accepted(key, str(uuid5(_RECEIPTS, key)), request.now, body)
        self._accepted[key] = accepted
        return _receipt(accepted)

    def _wrong(self, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """(indicator, reason) of everything that is wrong with a message."""
        period = body.get("ky")
        if body.get("tinh") != self._area:
            yield "", "tinh không đúng"
        if not isinstance(period, str) or not _MONTH.fullmatch(period):
            yield "", "ky phải có dạng yyyy-mm"
        if not _has_offset(body.get("lap_luc")):
            yield "", "lap_luc phải là thời điểm ISO 8601 có múi giờ"
        items = body.get("chi_tieu")
        if not isinstance(items, list) or not items:
            yield "", "chi_tieu phải có ít nhất một chỉ tiêu"
            return
        seen = set()
        for item in items:
            name = item.get("ma") if isinstance(item, dict) else None
            if not isinstance(name, str) or name not in INDICATORS:
                yield str(name or ""), "ma không có trong danh mục"
                continue
            if name in seen:
                yield name, "ma lặp lại"
            seen.add(name)
            yield from ((name, reason) for reason in self._wrong_item(item, str(period)))

    def _wrong_item(self, item: dict[str, Any], period: str) -> Iterator[str]:
        value, version = item.get("gia_tri"), item.get("phien_ban")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            yield "gia_tri phải là số"
        if not isinstance(item.get("don_vi"), str) or not item["don_vi"]:
            yield "thiếu don_vi"
        first, last = _day(item.get("tu")), _day(item.get("den"))
        if first is None or last is None or first > last:
            yield "tu, den phải là ngày yyyy-mm-dd, tu không sau den"
        if item.get("trang_thai") not in ("so_bo", "chinh_thuc"):
            yield "trang_thai phải là so_bo hoặc chinh_thuc"
        expected = self._versions.get((item["ma"], period), 0) + 1
        if isinstance(version, bool) or version != expected:
            yield f"phien_ban phải là {expected}"


def _receipt(accepted: Accepted) -> Answer:
    return Answer(202, encode({"ma_nhan": accepted.receipt}), keep=False)


def _conflict() -> Answer:
    return Answer(409, encode({"loi": "Idempotency-Key đã dùng cho nội dung khác"}), keep=False)


def _refused(wrong: list[tuple[str, str]]) -> Answer:
    return Answer(422, encode({"loi": [{"ma": name, "ly_do": reason} for name, reason in wrong]}), keep=False)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None


def _has_offset(text: object) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
