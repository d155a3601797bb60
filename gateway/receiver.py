"""The Government's IOC, which takes a province's indicators. The only part of the gateway that remembers."""

import math
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import msgspec

from gateway.moments import iso_offset, parse_iso_day
from gateway.wire import Answer, Call, failure, json_answer
from gateway.world import World

PATH = "/iocqg/v1/chi-tieu"
_RECEIPTS = UUID("0d1c7e4a-54a3-4f0e-9a55-7f5e3c1f2b20")
_INDICATORS = tomllib.loads(Path(__file__).with_name("indicators.toml").read_text(encoding="utf-8"))["codes"]


class Receiver:
    """Takes messages once each, all of a message or nothing. ``accepted`` has what tests see of them by key, in the
    order in which they came."""

    def __init__(self) -> None:
        self.accepted: dict[str, dict[str, Any]] = {}
        self._versions: Counter[tuple[str, str]] = Counter()  # by indicator and period

    def take(self, world: World, call: Call) -> Answer:
        """Answers a message: 202, 400 when it is none, 409 or 422."""
        try:
            key = str(UUID(call.headers.get("idempotency-key", "")))
        except ValueError:
            return failure(400, "Idempotency-Key phải là một UUID")
        try:
            body = msgspec.json.decode(call.content)
        except msgspec.DecodeError:
            return failure(400, "nội dung không phải JSON")
        if not isinstance(body, dict):
            return failure(400, "nội dung phải là một đối tượng JSON")
        before = self.accepted.get(key)
        if call.faults.active("government_409", PATH.encode()) or (before and before["noi_dung"] != body):
            return failure(409, "Idempotency-Key đã dùng cho nội dung khác")
        if not before:
            locked = call.faults.active("government_422", PATH.encode())
            wrong = [("", "kỳ báo cáo đang khoá")] if locked else list(self._wrong(body, world.file.area))
            if wrong:
                return failure(422, [{"ma": name, "ly_do": reason} for name, reason in wrong])
            for item in body["chi_tieu"]:
                self._versions[item["ma"], body["ky"]] = item["phien_ban"]
            before = self.accepted[key] = {
                "ma_nhan": str(uuid5(_RECEIPTS, key)),
                "khoa": key,
                "nhan_luc": iso_offset(call.now, utc=False),
                "noi_dung": body,
            }
        return json_answer(202, {"ma_nhan": before["ma_nhan"]})

    def _wrong(self, body: dict[str, Any], area: str) -> Iterator[tuple[str, str]]:
        """(indicator, reason) of everything that is wrong with a message."""
        period = body.get("ky")
        if body.get("tinh") != area:
            yield "", "tinh không đúng"
        if not isinstance(period, str) or not _is_day(f"{period}-01"):
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
            if not isinstance(name, str) or name not in _INDICATORS:
                yield str(name or ""), "ma không có trong danh mục"
                continue
            if name in seen:
                yield name, "ma lặp lại"
            seen.add(name)
            yield from ((name, reason) for reason in self._wrong_item(item, str(period)))

    def _wrong_item(self, item: dict[str, Any], period: str) -> Iterator[str]:
        value, version, first, last = (item.get(name) for name in ("gia_tri", "phien_ban", "tu", "den"))
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            yield "gia_tri phải là số"
        if not isinstance(item.get("don_vi"), str) or not item["don_vi"]:
            yield "thiếu don_vi"
        if not _is_day(first) or not _is_day(last) or str(first) > str(last):
            yield "tu, den phải là ngày yyyy-mm-dd, tu không sau den"
        if item.get("trang_thai") not in ("so_bo", "chinh_thuc"):
            yield "trang_thai phải là so_bo hoặc chinh_thuc"
        expected = self._versions[item["ma"], period] + 1
        if isinstance(version, bool) or version != expected:
            yield f"phien_ban phải là {expected}"


def _is_day(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(parse_iso_day(text))
    except ValueError:
        return False


def _has_offset(text: object) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
