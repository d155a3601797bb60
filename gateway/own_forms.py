"""Systems that keep a form of their own: the schools, which answer in XML, and the health facilities, whose monthly
reports are workbooks in a list of files."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from gateway.moments import day_of
from gateway.records.workbooks import Workbook
from gateway.shelf import encode
from gateway.wire import Answer, BadQueryError, Call, Feed, Records, failure
from gateway.world import World

_SCHOOLS, _FACILITIES = "education", "health"
_FILES = "/yte/v1/tep"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XML_TYPE = "application/xml; charset=utf-8"


def _schools(world: World, call: Call) -> Answer:
    """The list of a semester; an empty one of a semester that has not begun."""
    year, semester = call.asked("nam_hoc"), call.asked("hoc_ky")
    begun, _, ends = year.partition("-")
    if not re.fullmatch(r"20\d\d-20\d\d", year) or int(ends) != int(begun) + 1 or semester not in ("1", "2"):
        raise BadQueryError("nam_hoc phải có dạng 2022-2023, hoc_ky là 1 hoặc 2")
    rows = world.schools(_SCHOOLS).on(year, semester, day_of(call.now))
    asked = {"tinh": call.asked("tinh"), "nam_hoc": year, "hoc_ky": semester, "tong_so": str(len(rows))}
    report = Element("bao_cao", asked)
    for row in rows:
        school = SubElement(report, "truong", {"ma": str(row["ma"])})
        for name, value in row.items():
            if name != "ma":
                SubElement(school, name).text = str(value)
    return Answer(200, tostring(report, encoding="utf-8", xml_declaration=True), content_type=XML_TYPE)


def _listed(world: World, call: Call) -> Answer:
    """The workbooks of a month."""
    month = f"{call.asked_month('ky'):%Y-%m}"
    files = [file.listing(_FILES) for file in _sent(world, call) if file.month == month]
    return Answer(200, encode(files), records=Records((), window=f"y te {month}".encode()))


def _workbook(world: World, call: Call) -> Answer:
    name = call.path.removeprefix(f"{_FILES}/")
    for file in _sent(world, call):
        if file.name == name:
            return Answer(200, file.content, content_type=WORKBOOK_TYPE)
    return failure(404, "không có tệp này")


def _sent(world: World, call: Call) -> list[Workbook]:
    return [file for file in world.workbooks(_FACILITIES) if file.submitted <= call.now]


OWN_FORMS = (
    Feed("/csdlgd/v1/truong.xml", "schools", _schools, of_area=True),
    Feed(_FILES, "workbooks", _listed, of_area=True),
    Feed(f"{_FILES}/{{name:path}}", "workbooks", _workbook),
)
