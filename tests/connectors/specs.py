"""A source of a test's own: documents under another roof, with every kind of personal field."""

import tomllib
from pathlib import Path
from typing import Any

from connectors.source_files import load_source
from connectors.specification import Feed, Source

ARCHIVE = """
title = "Kho lưu trữ văn bản"
owner = "chi-cuc-van-thu"
cadence = "5 * * * *"
lateness = "PT4H"
errors = { path = "ma_loi", ok = [0], token = [1], retry = [2] }

[feeds.papers]
title = "Văn bản lưu trữ"
fact = "fact_document"
version = "updated_at"
request = { path = "/luutru/v1/van-ban", query = { tu = "{since}", so_dong = "{size}" } }
paging = { style = "next_link", records = "du_lieu", total = "trang.tong", next = "trang.tiep", size = 3 }

[feeds.papers.columns]
document_code = { wire = "ma", key = true, required = true, label = "Mã văn bản" }
organisation_code = { wire = "don_vi", required = true, known = "organisation", label = "Đơn vị" }
issued_at = { wire = "ban_hanh", type = "datetime", required = true, label = "Ban hành lúc" }
secret = { wire = "mat", type = "boolean", required = true, label = "Mật" }
signed = { wire = "ky_so", type = "boolean", required = true, label = "Ký số" }
signer = { wire = "nguoi_ky", personal = "hmac", fact = false }
subject = { wire = "trich_yeu", personal = "drop" }
updated_at = { wire = "cap_nhat", type = "datetime", required = true, label = "Cập nhật lúc" }
"""


def write(folder: Path, text: str = ARCHIVE, name: str = "archive") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def source(folder: Path, text: str = ARCHIVE) -> Source:
    return load_source(write(folder, text))


def feed(**changes: Any) -> Feed:
    """The feed of the archive, with some keys of its own; `columns` add to and replace the archive's."""
    plain = tomllib.loads(ARCHIVE)
    said = {"errors": plain["errors"], **plain["feeds"]["papers"]}
    columns = {**said["columns"], **changes.pop("columns", {})}
    return Feed.model_validate({**said, **changes, "columns": columns})


def only(**columns: Any) -> Feed:
    """A feed of these columns and a key, for what concerns single values."""
    key = {"document_code": {"wire": "ma", "key": True, "label": "Mã"}}
    labelled = {name: {"wire": name, "label": name, **column} for name, column in columns.items()}
    return Feed.model_validate(
        {
            "title": "Thử",
            "fact": "fact_document",
            "request": {"path": "/thu"},
            "paging": {"style": "single", "records": "du_lieu"},
            "columns": key | labelled,
        }
    )


XML_WIRES = {
    "document_code": "@ma",
    "organisation_code": "noi_gui/don_vi",
    "issued_at": "ban_hanh",
    "secret": "mat",
    "signed": "ky_so",
    "signer": "nguoi_ky/ten",
    "subject": "trich_yeu",
    "updated_at": "@cap_nhat",
}


def xml_feed(**changes: Any) -> Feed:
    """The feed of the archive where it answers in XML, all of a slice at once."""
    plain = tomllib.loads(ARCHIVE)["feeds"]["papers"]["columns"]
    return feed(
        **{
            "format": "xml",
            "errors": None,
            "slice": "day",
            "request": {"path": "/luutru/v1/van-ban.xml", "query": {"tinh": "{area}", "ngay": "{start:%Y-%m-%d}"}},
            "repeats": {"@tinh": "{area}"},
            "paging": {"style": "single", "records": "van_ban", "total": "@tong_so"},
            "columns": {name: {**plain[name], "wire": wire} for name, wire in XML_WIRES.items()},
            **changes,
        }
    )


WORKBOOK_WIRES = {
    "document_code": "Mã văn bản",
    "organisation_code": "Đơn vị",
    "issued_at": "Ngày ban hành",
    "secret": "Mật",
    "signed": "Ký số",
    "signer": "Người ký",
    "subject": "Trích yếu",
}


def workbook_feed(**changes: Any) -> Feed:
    """The feed of the archive where it comes as a workbook a day."""
    plain = tomllib.loads(ARCHIVE)["feeds"]["papers"]["columns"]
    columns: dict[str, Any] = {name: {**plain[name], "wire": wire} for name, wire in WORKBOOK_WIRES.items()}
    columns["updated_at"] = {**plain["updated_at"], "wire": None, "page": "nop_luc"}
    columns["pages"] = {"wire": "Số trang", "type": "integer", "thousands": ".", "fact": False, "label": "Số trang"}
    columns |= changes.pop("columns", {})
    return feed(
        **{
            "format": "xlsx",
            "sheet": "BaoCao",
            "total_row": {"column": "Đơn vị", "text": "Tổng cộng", "sums": ["pages"]},
            "errors": None,
            "slice": "day",
            "request": {"path": "/luutru/v1/tep", "query": {"ngay": "{start:%Y-%m-%d}"}},
            "paging": {
                "style": "files",
                "file": "duong_dan",
                "newest": "lan_nop",
                "per": ["kho"],
                "sha256": "sha256",
                "bytes": "kich_thuoc",
            },
            "columns": columns,
            **changes,
        }
    )
