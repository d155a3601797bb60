"""How figures are written for people: numbers with their language's marks, and units in words."""

from decimal import Decimal

from hub.errors import Language, Text

_VIETNAMESE = str.maketrans(",.", ".,")
UNITS = {
    "%": Text("%", "%"),
    "percentage points": Text("điểm %", "percentage points"),
    "per 100 people": Text("thuê bao/100 dân", "per 100 people"),
    "billion VND": Text("tỷ đồng", "billion VND"),
    "VND": Text("đồng", "VND"),
    "accounts": Text("tài khoản", "accounts"),
    "articles": Text("tin, bài", "articles"),
    "cases": Text("phản ánh", "cases"),
    "certificates": Text("chứng thư số", "certificates"),
    "communes": Text("xã", "communes"),
    "documents": Text("văn bản", "documents"),
    "dossiers": Text("hồ sơ", "dossiers"),
    "files": Text("hồ sơ công việc", "work files"),
    "items": Text("bưu gửi", "items"),
    "km": Text("km", "km"),
    "orders": Text("đơn hàng", "orders"),
    "people": Text("người", "people"),
    "points": Text("điểm", "points"),
    "products": Text("sản phẩm", "products"),
    "services": Text("dịch vụ", "services"),
    "sites": Text("vị trí", "sites"),
    "stations": Text("trạm", "stations"),
    "subscribers": Text("thuê bao", "subscribers"),
    "systems": Text("hệ thống", "systems"),
    "threats": Text("mối nguy", "threats"),
    "transactions": Text("giao dịch", "transactions"),
    "vehicles": Text("lượt xe", "vehicles"),
    "villages": Text("thôn, bản", "villages"),
}
"""A definition's unit → what people call it."""


def unit_text(unit: str, language: Language) -> str:
    """A unit in words; one that the table does not have yet is shown as its definition spells it."""
    said = UNITS.get(unit, Text(unit, unit))
    return said.vi if language == "vi" else said.en


def number_text(value: Decimal | int | float, language: Language, sign: str = "") -> str:
    """The number with all that it has: 1.342,5 or 1,342.5. With the sign `+` above zero, too, where that is asked."""
    written = f"{value:{sign},f}" if isinstance(value, Decimal) else f"{value:{sign},}"
    return written.translate(_VIETNAMESE) if language == "vi" else written
