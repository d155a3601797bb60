"""Invented people: whatever the gateway gives out as personal data comes from here and can be found again.

Every personal text follows one of ``LEAK_PATTERNS``: names, addresses and subjects carry a token that no
real Vietnamese text has, identity numbers and telephones begin with a prefix that is not issued, plates have
a series that is not in use. A leak test needs to search for nothing else.
"""

import re

NAME_TOKEN = "Zzyvan"  # noqa: S105 - a word to search for
ADDRESS_TOKEN = "Zzyduong"  # noqa: S105
SUBJECT_TOKEN = "Zzytrich"  # noqa: S105
IDENTITY_PREFIX = "020999"
TELEPHONE_PREFIX = "0999"
PLATE_PREFIX = "12Z-"

LEAK_PATTERNS = (
    r"Zzy(?:van|duong|trich)",
    rf"(?<!\d){IDENTITY_PREFIX}\d{{6}}(?!\d)",
    rf"(?<!\d){TELEPHONE_PREFIX}\d{{6}}(?!\d)",
    rf"{PLATE_PREFIX}\d{{3}}\.\d{{2}}",
)

_SURNAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Hoàng",
    "Nông",
    "Lương",
    "Vi",
    "Hà",
    "Đàm",
    "Bế",
    "Triệu",
    "Lý",
    "Lâm",
    "Chu",
    "Phùng",
    "Mã",
    "Dương",
    "Vũ",
    "Đinh",
]
_MIDDLES = ["Văn", "Thị", "Minh", "Thu", "Đức", "Ngọc", "Quang", "Thanh", "Hữu", "Bích", "Mạnh", "Kim", "Xuân"]
_GIVEN = [
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Giang",
    "Hà",
    "Hải",
    "Hạnh",
    "Hiếu",
    "Hoa",
    "Hùng",
    "Hương",
    "Khánh",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Nam",
    "Nga",
    "Nghĩa",
    "Nhung",
    "Phong",
    "Phương",
    "Quân",
    "Sơn",
    "Tâm",
    "Thảo",
    "Thắng",
    "Trang",
    "Tuấn",
    "Uyên",
    "Việt",
    "Yến",
]
_SUBJECTS = [
    "V/v báo cáo kết quả thực hiện nhiệm vụ",
    "V/v triển khai kế hoạch chuyển đổi số",
    "Quyết định bổ nhiệm cán bộ",
    "V/v trả lời đơn của công dân",
    "Thông báo kết luận cuộc họp",
    "Giấy mời họp",
    "V/v phối hợp kiểm tra",
    "Tờ trình phê duyệt dự án",
]
_REPORTS = [
    "Đường trước nhà tôi bị sụt lún",
    "Rác không được thu gom nhiều ngày",
    "Đèn đường không sáng",
    "Nước sinh hoạt bị đục",
    "Hàng xóm xây dựng lấn chiếm",
    "Hồ sơ của tôi quá hạn chưa được trả",
]
_HEADLINES = [
    "Tỉnh đẩy mạnh chuyển đổi số",
    "Chuyện một gia đình ở vùng biên",
    "Xe hàng ùn ứ tại cửa khẩu",
    "Bí thư chi bộ được dân tin",
    "Vụ việc tại chợ trung tâm",
    "Lễ hội đầu xuân đông khách",
]


def name(number: int) -> str:
    """The name of person ``number`` (from 0)."""
    rest, given = divmod(number, len(_GIVEN))
    rest, middle = divmod(rest, len(_MIDDLES))
    return f"{_SURNAMES[rest % len(_SURNAMES)]} {_MIDDLES[middle]} {_GIVEN[given]} {NAME_TOKEN}"


def identity(number: int) -> str:
    """Twelve digits."""
    return f"{IDENTITY_PREFIX}{number % 1_000_000:06}"


def telephone(number: int) -> str:
    """Ten digits."""
    return f"{TELEPHONE_PREFIX}{number * 7 % 1_000_000:06}"


def address(number: int, commune: str) -> str:
    """A house in ``commune``."""
    return f"Số {number % 290 + 1} {ADDRESS_TOKEN}, {commune}"


def plate(number: int) -> str:
    """``12Z-345.67``."""
    return f"{PLATE_PREFIX}{number // 100 % 1000:03}.{number % 100:02}"


def subject(number: int) -> str:
    """What a document is about."""
    return f"{_SUBJECTS[number % len(_SUBJECTS)]} ({SUBJECT_TOKEN} {number})"


def report(number: int) -> str:
    """What a citizen writes."""
    return f"{_REPORTS[number % len(_REPORTS)]} ({SUBJECT_TOKEN} {number})"


def headline(number: int) -> str:
    """The title of a press piece."""
    return f"{_HEADLINES[number % len(_HEADLINES)]} ({SUBJECT_TOKEN} {number})"


def leaks(text: str) -> list[str]:
    """Every planted personal text that occurs in ``text``."""
    return [found.group() for pattern in LEAK_PATTERNS for found in re.finditer(pattern, text)]
