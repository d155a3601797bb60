"""A source is one TOML file; whatever is wrong in it is one line that names the file, the key and the way out."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.source_files import SOURCES, find_feed, find_source, load_source, load_sources, read_specifications
from hub.errors import Abort
from tests.connectors import specs
from warehouse.facts import mapping


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_source_that_comes_with_the_hub_is_valid_and_reaches_its_facts(path: Path) -> None:
    source = load_source(path)
    assert source.name == path.stem
    for name, feed in source.feeds.items():
        to = mapping(f"{source.name}.{name}", feed)
        assert {column for column in feed.kept if feed.columns[column].fact} <= {
            *to.plain,
            *to.members,
            *to.attributes,
            *(f"{dimension}_code" for dimension in to.lookups),
        }


def test_every_personal_field_of_the_interface_is_marked() -> None:
    personal = {
        column.wire
        for source in load_sources().values()
        for feed in source.feeds.values()
        for column in feed.columns.values()
        if column.personal
    }
    assert personal >= {
        *("ChuHoSo", "SoGiayToChuHoSo", "SoDienThoai", "DiaChi"),
        *("subject", "holder_name", "bien_so", "lai_xe"),
        *("nguoi_gui", "dien_thoai", "noi_dung", "tieu_de"),
    }


def test_what_holds_for_all_feeds_of_a_source_is_said_once(tmp_path: Path) -> None:
    source = specs.source(tmp_path)
    assert source.lateness == timedelta(hours=4)
    assert source.feeds["papers"].errors is not None
    assert source.feeds["papers"].errors.path == "ma_loi"


SPOILED = [
    ("owner =", "ower =", ["ower: unknown key", "owner: is missing"]),
    ('label = "Mật"', 'lable = "Mật"', ["feeds.papers.columns.secret.lable: unknown key"]),
    ('style = "next_link"', 'style = "page_numbers"', ["feeds.papers.paging.style", "'inbox' or 'hub'"]),
    (', next = "trang.tiep"', "", ["feeds.papers.paging.next_link.next: is missing"]),
    (', label = "Mật"', "", ["feeds.papers.columns.secret", "label is missing"]),
    ('version = "updated_at"', 'version = "changed_at"', ["feeds.papers", "version names 'changed_at'", "updated_at"]),
    ('version = "updated_at"', 'version = "subject"', ["feeds.papers", "version names 'subject'"]),
    ("key = true, ", "", ["feeds.papers", "no column has key = true"]),
    ('cadence = "5 * * * *"', 'cadence = "hourly"', ["cadence 'hourly' is no cron expression of five fields"]),
    ('cadence = "5 * * * *"', 'cadence = "0 0 30 2 *"', ["cadence '0 0 30 2 *' names a day that never comes"]),
    ('lateness = "PT4H"', 'lateness = "4 hours late"', ["lateness"]),
    ('fact = "fact_document"', 'fact = "fact_document"\nslice = "week"', ["slice 'week'", "interval, day, month"]),
    ('fact = "fact_document"', 'fact = "fact_document"\nslice = "P0D"', ["slice 'P0D'"]),
    ("{since}", "{sinse}", ["feeds.papers.request", "tu holds {sinse}, which nothing fills", "since"]),
    ("{since}", "{since", ["feeds.papers.request"]),
    ('path = "/luutru', 'path = "luutru', ["feeds.papers.request.path"]),
    ('wire = "mat", type', "type", ["columns.secret", "give wire"]),
    ('personal = "hmac"', 'type = "integer", personal = "hmac"', ["columns.signer", "an hmac is text"]),
    ('wire = "nguoi_ky"', 'page = "nguoi_ky"', ["columns.signer", "personal is for fields of a record"]),
    ('wire = "ky_so"', 'wire = "mat"', ["feeds.papers", "secret and signed both read 'mat'"]),
    ('wire = "trich_yeu"', 'wire = "ma"', ["feeds.papers", "document_code and subject both read 'ma'"]),
    ('wire = "trich_yeu"', 'wire = "trich_yeu", key = true', ["columns.subject", "a key cannot be dropped"]),
    ('type = "boolean", required = true, label = "Mật"', 'type = "boolean", max_length = 5, label = "Mật"', ["text"]),
    ('type = "boolean", required = true, label = "Mật"', 'type = "boolean", future = true, label = "Mật"', ["days"]),
    ('key = true, required = true, label = "Mã', 'key = true, pattern = "(", label = "Mã', ["no regular expression"]),
    ('key = true, required = true, label = "Mã', 'key = true, max_length = 90000, label = "Mã', ["max_length"]),
    ('type = "boolean", required = true, label = "Mật"', 'type = "integer", thousands = "5", label = "M"', ["digits"]),
    ("[feeds.papers]", "[feeds.Papers]", ["feeds.Papers"]),
    ("[feeds.papers.columns]", "[feeds.papers.columns", ["is no valid TOML"]),
]


@pytest.mark.parametrize(
    ("said", "instead", "told"), SPOILED, ids=[instead[:30] or said for said, instead, _ in SPOILED]
)
def test_a_mistake_is_one_line_with_file_key_and_way_out(
    tmp_path: Path, said: str, instead: str, told: list[str]
) -> None:
    assert said in specs.ARCHIVE
    with pytest.raises(Abort) as error:
        specs.source(tmp_path, specs.ARCHIVE.replace(said, instead))
    line = str(error.value)
    assert line.startswith("archive.toml")
    assert "\n" not in line
    for part in told:
        assert part in line


DAILY = specs.ARCHIVE.replace('fact = "fact_document"', 'fact = "fact_document"\nslice = "day"')


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"column": "bureau"}, "deliverers.column names 'bureau', which is no text column that is kept as it comes"),
        ({"column": "issued_at"}, "there are document_code, organisation_code"),
        ({"column": "signer"}, "deliverers.column names 'signer'"),
        ({"column": "subject"}, "deliverers.column names 'subject'"),
        ({"column": "organisation_code", "every": "year"}, "deliverers.every"),
        ({"column": "organisation_code", "expected": [""]}, "deliverers.expected"),
        ({"column": "organisation_code", "expect": ["a"]}, "deliverers.expect: unknown key"),
        ({"expected": ["a"]}, "deliverers.column: is missing"),
    ],
)
def test_a_mistake_about_deliverers_is_one_line(tmp_path: Path, said: dict[str, object], told: str) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in said.items()]
    table = "\n".join(["[feeds.papers.deliverers]", *lines, "", "[feeds.papers.columns]"])
    with pytest.raises(Abort) as error:
        specs.source(tmp_path, DAILY.replace("[feeds.papers.columns]", table))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_repeats_nothing_of_its_request() -> None:
    with pytest.raises(ValidationError, match="repeats is for answers in JSON"):
        specs.feed(format="csv", repeats={"tinh": "{area}"})
    with pytest.raises(ValidationError, match=r"tinh holds \{ares\}, which nothing fills"):
        specs.feed(repeats={"tinh": "{ares}"})


@pytest.mark.parametrize("slice_", ["interval", "P7D"])
def test_who_delivers_is_known_of_days_and_months_only(slice_: str) -> None:
    with pytest.raises(ValidationError, match=f"slice is '{slice_}'; only of a day or a month"):
        specs.feed(slice=slice_, deliverers={"column": "organisation_code"})


def test_a_deliverer_of_a_month_cannot_deliver_every_day() -> None:
    with pytest.raises(ValidationError, match=r"deliverers\.every is day"):
        specs.feed(slice="month", deliverers={"column": "organisation_code", "every": "day"})


def test_an_expected_deliverer_is_a_code_of_its_column() -> None:
    column = {"wire": "don_vi", "required": True, "codes": {"1": "A", "2": "B"}, "label": "Đơn vị"}
    deliverers = {"column": "organisation_code", "expected": ["a", "C"]}
    with pytest.raises(ValidationError, match=r"names 'c', which is no code of organisation_code; there are a, b"):
        specs.feed(slice="day", columns={"organisation_code": column}, deliverers=deliverers)


@pytest.mark.parametrize(
    ("slice_", "every", "period"), [("day", None, "day"), ("day", "month", "month"), ("month", None, "month")]
)
def test_everyone_delivers_in_each_slice_unless_it_is_said_otherwise(
    slice_: str, every: str | None, period: str
) -> None:
    feed = specs.feed(slice=slice_, deliverers={"column": "organisation_code", "every": every})
    assert feed.delivered_every == period


def test_a_file_that_is_no_utf8_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "archive.toml"
    path.write_bytes(specs.ARCHIVE.encode("utf-16"))
    with pytest.raises(Abort, match=r"archive\.toml is no valid TOML"):
        load_source(path)


MISFITS = [
    ("secret =", "confidential =", "confidential: fact_document has no such column; it has province_id"),
    ("secret = {", "steering_type = {", "fact_document.secret must be filled"),
    ('fact = "fact_document"', 'fact = "fact_paper"', "there is no fact_paper; there are fact_dossier"),
    ("key = true, required = true", "required = true", "document_code"),
    ('wire = "don_vi", required', 'wire = "don_vi", key = true, required', "organisation_code.key"),
    ('version = "updated_at"', 'version = "signer"', "version: signer must be a column of fact_document"),
]


@pytest.mark.parametrize(("said", "instead", "told"), MISFITS, ids=[told[:30] for _, _, told in MISFITS])
def test_a_feed_that_does_not_fit_its_fact_is_one_line(tmp_path: Path, said: str, instead: str, told: str) -> None:
    text = specs.ARCHIVE.replace(said, instead)
    if instead == "required = true":  # something else must be the key for the file itself to be valid
        text = text.replace('wire = "mat",', 'wire = "mat", key = true,')
    feed = specs.source(tmp_path, text).feeds["papers"]
    with pytest.raises(Abort) as error:
        mapping("archive.papers", feed)
    line = str(error.value)
    assert line.startswith("archive.papers.")
    assert told in line
    assert "\n" not in line


def test_an_installation_adds_sources_beside_the_hubs_and_replaces_some(tmp_path: Path) -> None:
    specs.write(tmp_path)
    specs.write(tmp_path, specs.ARCHIVE, "gate")
    found = load_sources(tmp_path)
    assert set(found) == {*load_sources(), "archive"}
    assert set(found["gate"].feeds) == {"papers"}
    assert set(load_sources()["gate"].feeds) == {"vehicles"}
    assert find_feed("archive", "papers", tmp_path).title == "Văn bản lưu trữ"


def test_what_does_not_exist_is_told_with_what_does(tmp_path: Path) -> None:
    with pytest.raises(Abort, match=r"no source 'dvd'; there are .*dvc, ecommerce, education, emergency"):
        find_source("dvd")
    with pytest.raises(Abort, match=r"dvc has no feed 'cases'; it has services, dossiers"):
        find_feed("dvc", "cases")
    with pytest.raises(Abort, match=r"IOC_SOURCES=.*missing: there is no such folder"):
        load_sources(tmp_path / "missing")


def test_a_changed_specification_has_another_hash(tmp_path: Path) -> None:
    before = specs.source(tmp_path).feeds["papers"].sha256
    assert before == specs.source(tmp_path).feeds["papers"].sha256
    changed = specs.ARCHIVE.replace('label = "Mật"', 'label = "Văn bản mật"')
    assert before != specs.source(tmp_path, changed).feeds["papers"].sha256


def test_a_file_with_a_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "archive.toml"
    path.write_bytes(b"\xef\xbb\xbf" + specs.ARCHIVE.encode())
    assert load_source(path).name == "archive"


FAULTY = {
    "bad_key": specs.ARCHIVE.replace("owner =", "ower =").encode(),
    "no_toml": b"[feeds",
    "no_utf8": specs.ARCHIVE.encode("utf-16"),
    "empty": b"",
    "Bad-Name": specs.ARCHIVE.encode(),
    "deep": b"a = " + b"[" * 5000,
}


@pytest.mark.parametrize("name", [*FAULTY, "folder", "nowhere"])
def test_one_faulty_file_stops_no_other_and_is_told(tmp_path: Path, name: str) -> None:
    specs.write(tmp_path)
    if name == "folder":
        (tmp_path / "folder.toml").mkdir()
    elif name == "nowhere":
        (tmp_path / "nowhere.toml").symlink_to(tmp_path / "nothing")
    else:
        (tmp_path / f"{name}.toml").write_bytes(FAULTY[name])
    found, faults = read_specifications(tmp_path)
    assert set(found) == {*load_sources(), "archive"} == set(load_sources(tmp_path))
    assert list(faults) == [name]
    assert f"{name}.toml" in str(faults[name])
    with pytest.raises(Abort) as error:
        find_source(name, tmp_path)
    assert str(error.value) == str(faults[name])


def test_a_faulty_file_of_the_hubs_own_name_is_not_replaced_by_the_hubs(tmp_path: Path) -> None:
    specs.write(tmp_path, "title = 1", "gate")
    assert "gate" not in load_sources(tmp_path)
    with pytest.raises(Abort, match=r"gate\.toml: title"):
        find_feed("gate", "vehicles", tmp_path)


@pytest.mark.parametrize("constant", ["inpatients", "khong_co"])
def test_a_feed_with_a_constant_indicator_has_no_other_one(constant: str, tmp_path: Path) -> None:
    text = (SOURCES / "health.toml").read_text("utf-8")
    right = 'constants = { indicator = "visits" }'
    assert right in text
    (tmp_path / "health.toml").write_text(text.replace(right, f'constants = {{ indicator = "{constant}" }}'), "utf-8")
    with pytest.raises(Abort, match=r"feeds\.visits: indicators must be the one that constants\.indicator names"):
        load_source(tmp_path / "health.toml")
