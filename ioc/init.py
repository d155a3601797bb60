"""`ioc init`: the folder of a new installation."""

import os
import re
import secrets
from pathlib import Path
from typing import Annotated

import typer

from hub.errors import Abort
from hub.translation import N_, msg
from ioc.output import print_text
from ioc.texts import say

_FOLDERS = ("published", "sources", "kpis", "reference")
_FILES = (
    "provinces",
    "organisations",
    "area_population",
    "gates",
    "operators",
    "platforms",
    "plans",
    "targets",
    "deliverers",
    "recipients",
    "bands",
)
"""Reference data that a province fills in. Channels and fields are the same everywhere, but may be added to."""


def init(
    folder: Annotated[Path, typer.Argument(help=N_("A new folder"))],
    province: Annotated[str, typer.Option(metavar="CODE", help=N_("Organisation code"))],
    area: Annotated[str, typer.Option(metavar="CODE", help=N_("Official area code"))],
) -> None:
    """Make the folder of a province's installation."""
    from alerts.bands import BandRow
    from alerts.recipients import RecipientRow
    from hub.province_settings import check_province
    from hub.settings_file import FILE
    from hub.sheets import write_csv
    from hub.tables import CsvRow, columns_of
    from kpis.targets import TargetRow
    from warehouse.reference import FILES, province_names, unknown_area

    models: dict[str, type[CsvRow]] = {
        **FILES,
        "targets.csv": TargetRow,
        "recipients.csv": RecipientRow,
        "bands.csv": BandRow,
    }
    check_province(province)
    names = province_names()
    if area not in names:
        raise unknown_area(area, names)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Abort(
            msg("{folder} holds something, which stays as it is: name a new folder", folder=folder),
        )
    try:
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            model = models[f"{name}.csv"]
            (folder / "reference" / f"{name}.csv").write_bytes(write_csv(columns_of(model), ()))
        with os.fdopen(
            os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(_settings(province, area, names[area]))
    except OSError as error:
        raise Abort(
            msg("{filename} cannot be written: {strerror}", filename=error.filename, strerror=error.strerror),
        ) from None
    shown = folder if re.fullmatch(r"[\w./-]+", str(folder)) else f"'{folder}'"
    print_text(say("Made {folder} for {names}.", folder=folder, names=names[area]))
    print_text(
        say(
            "Next: fill in ioc.toml and reference/organisations.csv, then IOC_INSTALLATION={shown} ioc doctor",
            shown=shown,
        )
    )


def _settings(province: str, area: str, name: str) -> str:
    notes = {
        "head": say(
            "Settings of {name}; see docs/installation.md. An IOC_… variable of the same name wins.", name=name
        ),
        "province": say("The province's organisation code and area code."),
        "gateway": say("The province's LGSP, and the account that it gave the hub."),
        "key": say("Key of the pseudonyms; keep a copy in a safe place: without it old and new ones no longer match."),
        "database": say("PostgreSQL 15 to 18; without it the embedded server in the folder .ioc is used."),
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
