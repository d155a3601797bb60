"""What looks personal is pointed out by a field's name or by its values, and is masked wherever it would be shown."""

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.personal import MASK, FieldLook, Finding, field_kind, fields_of, masked, text_kind
from connectors.source_files import load_sources
from gateway import people


def look(name: str, values: Sequence[object], *, is_number: bool = False) -> Finding | None:
    seen = FieldLook()
    for value in values:
        seen.note(value)
    return seen.finding(name, is_number=is_number)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ChuHoSo", "name"),
        ("ho_ten", "name"),
        ("Họ và tên", "name"),
        ("nguoi_gui", "name"),
        ("holder_name", "name"),
        ("lai_xe", "name"),
        ("SoGiayToChuHoSo", "identity_number"),
        ("CCCD", "identity_number"),
        ("so_cmnd", "identity_number"),
        ("SoDienThoai", "telephone"),
        ("sdt", "telephone"),
        ("email", "email"),
        ("DiaChi", "address"),
        ("noi_thuong_tru", "address"),
        ("NgaySinh", "birth_date"),
        ("date_of_birth", "birth_date"),
        ("bien_so", "plate"),
        ("noi_dung", "free_text"),
        ("nguoi_nop.ho_ten", "name"),
    ],
)
def test_a_field_is_told_by_its_name(name: str, kind: str) -> None:
    assert field_kind(name) == kind


@pytest.mark.parametrize(
    "name",
    [
        "MaHoSo",
        "TenTTHC",
        "so_nguoi_dung",
        "so_hoc_sinh",
        "ten_san",
        "chuyen_muc",
        "chu_ky_so",
        "ip_address",
        "ma_can_bo",
    ],
)
def test_counts_codes_and_names_of_things_are_not_personal(name: str) -> None:
    assert field_kind(name) is None


def test_of_the_hubs_own_sources_only_what_they_mark_looks_personal_by_its_name() -> None:
    columns = [c for s in load_sources().values() for f in s.feeds.values() for c in f.columns.values() if c.wire]
    assert [c.wire for c in columns if field_kind(str(c.wire)) and not c.personal] == []


@pytest.mark.parametrize("number", [0, 5, 77, 1234, 99_999])
def test_people_are_told_by_what_is_written_of_them(number: int) -> None:
    assert text_kind(people.name(number)) == "name"
    assert text_kind(people.identity(number)) == "identity_number"
    assert text_kind(people.telephone(number)) == "telephone"
    assert text_kind(people.address(number, "Xã Yên Phúc")) == "address"
    assert text_kind(people.plate(number)) == "plate"


@pytest.mark.parametrize(
    "text",
    [
        "gọi 0912.345.678 nhé",
        "+84 912 345 678",
        "gọi 0912,345,678",
        "0912/345/678",
        "(0912) 345 678",
        "(025) 3812 345",
        "an.nguyen@example.vn",
        "Ông NGUYỄN VĂN AN",
        "Nguyen Van An",
        "081234567",
        "nguyễn văn an",
        "sinh ngày 01/02/1980",
        "001 080 012 345",
        "Số 5 ngõ 3, phường Tam Thanh, tp Lạng Sơn",
    ],
)
def test_a_text_with_something_personal_in_it_is_masked(text: str) -> None:
    assert masked(text) == MASK


@pytest.mark.parametrize(
    "text",
    [
        "000.00.27.H37-230601-00012",
        "20230601083000",
        "2023-06-01T08:00:00",
        "1.234.567",
        "05/12/2023",
        "0,3 2,5 1,4 3,2",
        "0912/2023/QĐ-UBND",
        "vnpt",
        "Mã hồ sơ",
        "KB00010767",
        "120000000000",
        "Sở Thông tin và Truyền thông",
        "4900000666",
    ],
)
def test_codes_moments_and_amounts_are_shown(text: str) -> None:
    assert masked(text) == text


def test_values_tell_by_their_share() -> None:
    names = ["Nguyễn Văn An", "Lê Thị Bích", "Trần Phú"]
    assert look("a", names) == Finding("name", 3, 3)
    assert look("a", [*names, *["Phường Chi Lăng"] * 20]) is None
    assert look("a", ["080123456", "đất ở"]) == Finding("identity_number", 1, 2)
    assert look("a", ["gọi 0912345678", *["đã xong"] * 50]) == Finding("telephone", 1, 51), "one is too many"


def test_amounts_of_nine_digits_are_amounts() -> None:
    assert look("doanh_thu", ["123456789", "987654321"], is_number=True) is None
    assert look("so", ["123456789", "987654321"]) == Finding("identity_number", 2, 2)


def test_days_of_birth_are_told_by_their_years() -> None:
    assert look("ngay", [f"{year}-03-01" for year in range(1950, 1990, 5)]) == Finding("birth_date", 8, 8)
    assert look("ngay", [f"01/{month:02}/2023" for month in range(1, 13)]) is None


def test_nothing_of_the_values_is_kept() -> None:
    seen = FieldLook()
    seen.note(people.name(5))
    assert people.name(5) not in repr(vars(seen))


def test_values_within_objects_and_lists_are_looked_at_and_bounded() -> None:
    assert dict(fields_of({"a": {"b": [{"c": 1}]}, "d": 2})) == {"a.b.c": 1, "d": 2}
    deep: dict[str, object] = {"x": 1}
    for _ in range(5000):
        deep = {"x": deep}
    assert list(fields_of(deep)) == []
    assert len(list(fields_of({str(n): [n] * 1000 for n in range(1000)}))) == 500


@given(st.text(max_size=2000))
def test_any_text_is_looked_at(text: str) -> None:
    field_kind(text)
    masked(text)
    look(text, [text])


@pytest.mark.parametrize("piece", ["a", "0", "số ", "Nguyễn ", "sinh ", "1 ", "0912 ", "a@", "số 1, ", "a.b-c+"])
def test_no_text_takes_long(piece: str) -> None:
    started = time.perf_counter()
    masked(piece * 10_000)
    assert time.perf_counter() - started < 0.2
