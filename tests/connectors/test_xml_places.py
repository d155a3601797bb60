"""A document is read by the places that a specification names, and by nothing else."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.json_places import LONGEST_TEXT, NO_SCALAR
from connectors.xml_places import NO_SINGLE, XmlPage, XmlPlaces, steps
from hub.errors import Invalid, Reject

FIELDS = ["@ma", "cap", "dia_chi/xa", "dia_chi/@huyen", "so"]
PLACES = XmlPlaces(["@tong_so", "ky.nam"], "truong", FIELDS, ["so"])


def read(inner: str, places: XmlPlaces = PLACES) -> XmlPage:
    return places.read(f"<bao_cao tong_so='1'>{inner}</bao_cao>".encode(), look=True)


def record(inner: str) -> dict[str, Any]:
    (only,) = read(f"<truong>{inner}</truong>").records
    return dict(only)


def test_attributes_elements_and_what_stands_within_them_are_places() -> None:
    page = PLACES.read(
        "\ufeff<?xml version='1.0' encoding='UTF-8'?><!-- báo cáo --><bao_cao tong_so='676' khac='x'>"
        "<ky><nam>2022-2023</nam></ky>"
        "<truong ma='T1'><cap>TH</cap><dia_chi huyen='178'><xa>06541</xa></dia_chi></truong><ghi_chu/>"
        "<truong ma='T2'><cap/></truong></bao_cao>".encode()
    )
    assert page.stated == {"@tong_so": "676", "ky.nam": "2022-2023"}
    assert page.records == [
        {"@ma": "T1", "cap": "TH", "dia_chi/@huyen": "178", "dia_chi/xa": "06541"},
        {"@ma": "T2", "cap": ""},
    ]
    assert page.listed


@pytest.mark.parametrize(
    ("inner", "cap"),
    [
        ("<cap>T<!-- c -->H</cap>", "TH"),
        ("<cap><![CDATA[<T&]]>H</cap>", "<T&H"),
        ("<cap>&lt;&#x110;&amp;</cap>", "<Đ&"),
        ("<cap>T<?x y?>H</cap>", "TH"),
        ("<x:cap xmlns:x='urn:a'>TH</x:cap>", "TH"),
        ("<cap xmlns='urn:b'>TH</cap>", "TH"),
        ("<cap>TH</cap><cap>THCS</cap>", NO_SINGLE),
        ("<cap>TH</cap><cap>TH</cap>", NO_SINGLE),
        ("<cap/><cap>TH</cap>", NO_SINGLE),
        ("<cap>TH</cap><x:cap xmlns:x='urn:a'>THCS</x:cap>", NO_SINGLE),
        ("<cap><b>TH</b></cap>", NO_SCALAR),
        ("<cap>TH<b/></cap>", NO_SCALAR),
        ("<cap><b/>TH</cap>", NO_SCALAR),
        ("<cap>" + "ấ" * LONGEST_TEXT + "b</cap>", "ấ" * LONGEST_TEXT),
    ],
    ids=range(14),
)
def test_the_text_of_an_element_is_its_value_and_only_when_it_has_one(inner: str, cap: str) -> None:
    assert record(inner) == {"cap": cap}


def test_the_same_place_twice_has_no_value_however_it_came_about() -> None:
    doubled = "<dia_chi><xa>1</xa></dia_chi>"
    assert record(f"{doubled}{doubled}") == {"dia_chi/xa": NO_SINGLE}
    page = PLACES.read(b"<b tong_so='1'><truong ma='1' x:ma='2'/></b>")
    assert page.records == [{"@ma": NO_SINGLE}]


def test_what_a_document_states_twice_refuses_it() -> None:
    with pytest.raises(Reject, match=r"ky\.nam stands twice"):
        read("<ky><nam>2022</nam></ky><ky><nam>2023</nam></ky>")


def test_a_record_within_a_record_is_none() -> None:
    assert read("<truong ma='1'><truong ma='2'/></truong>").records == [{"@ma": "1"}]
    assert read("<nhom><truong ma='2'/></nhom>").records == []


def test_records_of_every_list_count() -> None:
    places = XmlPlaces((), "ds.truong", ["@ma"])
    page = read("<ds><truong ma='1'/></ds><ds><truong ma='2'/></ds>", places)
    assert page.records == [{"@ma": "1"}, {"@ma": "2"}]
    assert read("<ds/>", places).listed
    assert not read("<khac/>", places).listed
    assert not read("").listed


def test_dropped_fields_are_known_and_not_taken() -> None:
    page = read("<truong><so>bí mật</so></truong>")
    assert page.records == [{"so": ""}]
    assert page.names == {"so"}


def test_names_that_nobody_asked_for_are_told_and_few() -> None:
    page = read("<truong ma='1' la='2' xsi:nil='1'><moi><sau>x</sau></moi><dia_chi><pho/></dia_chi></truong>")
    assert page.names == {"@ma", "@la", "moi", "dia_chi/pho"}
    flood = "".join(f"<la_{number}/>" for number in range(1000))
    assert len(read(f"<truong>{flood}<cap/></truong>").names) == 51


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "us-ascii"])
def test_a_document_says_how_it_is_encoded(encoding: str) -> None:
    declared = f"<?xml version='1.0' encoding='{encoding.removesuffix('-sig')}'?>"
    name = "Truong" if encoding == "us-ascii" else "Trường"
    body = f"{declared}<b><truong><cap>{name}</cap></truong></b>".encode(encoding)
    assert PLACES.read(body).records == [{"cap": name}]


@pytest.mark.parametrize("place", ["", ".", "a.", "@", "@a.b", "a/@", "a//b"])
def test_what_is_no_place_is_told_with_the_specification(place: str) -> None:
    with pytest.raises(Invalid, match="is no place in XML"):
        steps(place)


def test_a_slash_makes_points_part_of_a_name() -> None:
    assert steps("so.lieu/@ma") == ["so.lieu", "@ma"]
    assert steps("so.lieu.@ma") == ["so", "lieu", "@ma"]


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
RECORD = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS[:4], TEXT))


def written(values: dict[str, str]) -> str:
    def one(name: str, attribute: str | None, inner: str) -> str:
        said = "" if attribute is None else f" {attribute}"
        return f"<{name}{said}>{inner}</{name}>"

    place = "".join(one("xa", None, escape(values["dia_chi/xa"])) if "dia_chi/xa" in values else "")
    district = f"huyen={quoteattr(values['dia_chi/@huyen'])}" if "dia_chi/@huyen" in values else None
    address = one("dia_chi", district, place) if place or district else ""
    level = one("cap", None, escape(values["cap"])) if "cap" in values else ""
    return one("truong", f"ma={quoteattr(values['@ma'])}" if "@ma" in values else None, level + address)


@given(st.lists(RECORD, max_size=5))
def test_what_is_written_is_read(records: list[dict[str, str]]) -> None:
    assert read("".join(map(written, records))).records == records
