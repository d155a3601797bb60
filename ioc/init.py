"""`ioc init`: the folder of a new installation."""

import os
import re
import secrets
from pathlib import Path
from typing import Annotated

import typer

from hub.errors import Abort
from ioc.texts import say

_FOLDERS = ("published", "sources", "kpis", "reference")
_FILES = ("provinces", "organisations", "area_population", "gates", "operators", "platforms", "plans", "targets")
"""Reference data that a province fills in. Channels and fields are the same everywhere, but may be added to."""


def init(
    folder: Annotated[Path, typer.Argument(help="Thư mục mới / a new folder")],
    province: Annotated[str, typer.Option(metavar="CODE", help="Mã định danh của tỉnh, như H05 / organisation code")],
    area: Annotated[str, typer.Option(metavar="CODE", help="Mã hành chính của tỉnh, như 27 / official area code")],
) -> None:
    """Tạo thư mục cài đặt của một tỉnh / make the folder of a province's installation."""
    from hub.settings import FILE, check_province
    from hub.tables import columns_of, write_csv
    from kpis.targets import TargetRow
    from warehouse.reference import FILES, province_names, unknown_area

    check_province(province)
    names = province_names()
    if area not in names:
        raise unknown_area(area, names)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Abort(
            f"{folder} đã có nội dung và được giữ nguyên: hãy nêu một thư mục mới",
            f"{folder} holds something, which stays as it is: name a new folder",
        )
    try:
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            model = FILES.get(f"{name}.csv", TargetRow)
            (folder / "reference" / f"{name}.csv").write_bytes(write_csv(columns_of(model), ()))
        with os.fdopen(
            os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(_settings(province, area, names[area]))
    except OSError as error:
        raise Abort(
            f"Không ghi được {error.filename}: {error.strerror}",
            f"{error.filename} cannot be written: {error.strerror}",
        ) from None
    shown = folder if re.fullmatch(r"[\w./-]+", str(folder)) else f"'{folder}'"
    typer.echo(say(f"Đã tạo {folder} cho {names[area]}.", f"Made {folder} for {names[area]}."))
    typer.echo(
        say(
            f"Tiếp theo: điền ioc.toml và reference/organisations.csv, rồi chạy IOC_INSTALLATION={shown} ioc doctor",
            f"Next: fill in ioc.toml and reference/organisations.csv, then IOC_INSTALLATION={shown} ioc doctor",
        )
    )


def _settings(province: str, area: str, name: str) -> str:
    notes = {
        "head": say(
            f"Cài đặt của {name}; các mục: docs/installation.md. Biến IOC_… cùng tên thắng giá trị ở đây.",
            f"Settings of {name}; see docs/installation.md. An IOC_… variable of the same name wins.",
        ),
        "province": say("Mã định danh và mã hành chính của tỉnh.", "The province's organisation code and area code."),
        "gateway": say(
            "LGSP của tỉnh, và tài khoản mà nó cấp cho hệ thống.",
            "The province's LGSP, and the account that it gave the hub.",
        ),
        "key": say(
            "Khoá của các bí danh; hãy giữ một bản ở nơi an toàn: mất khoá thì bí danh cũ và mới không còn khớp.",
            "Key of the pseudonyms; keep a copy in a safe place: without it old and new ones no longer match.",
        ),
        "database": say(
            "PostgreSQL 15 đến 18; không đặt thì dùng máy chủ nhúng trong thư mục .ioc.",
            "PostgreSQL 15 to 18; without it the embedded server in the folder .ioc is used.",
        ),
    }
    return f"""# {notes["head"]}

# {notes["province"]}
province = "{province}"
area = "{area}"

# {notes["gateway"]}
# gateway_url = "https://lgsp.example.gov.vn"
# client_id = "ioc-hub"
# client_secret = ""

# {notes["key"]}
hmac_key = "{secrets.token_hex(32)}"

# {notes["database"]}
# warehouse_url = "postgresql+psycopg://user:password@host:5432/database"
"""
