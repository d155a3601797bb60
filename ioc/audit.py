"""`ioc audit`: whether the evidence still is what it was, and where a record came from and counts."""

from typing import Annotated

import typer

from hub.installation import Installation
from ioc.arguments import Province
from ioc.command_line import App
from ioc.output import Json, err, in_words, print_json, print_table
from ioc.reader import installation_of, reader, reader_settings
from ioc.texts import say

app = App("Kiểm toán / audit")


@app.command()
def verify(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Đối chiếu mọi trang đã lưu với mã băm, mọi sổ cân đối / every landed page against its hash, every account.

    Không nêu tỉnh: cả kho / the whole hub where no province is named.
    """
    from audit.verification import verify as verified
    from warehouse.landing import Landing

    settings = Installation.open().settings if province is None else reader_settings(province)
    with reader(settings) as connection:
        found = verified(connection, Landing(settings.landing_address), province)
    broken = [say(*page) for page in found.broken_pages]
    if json:
        print_json(vars(found) | {"broken_pages": broken})
    else:
        typer.echo(
            say(
                f"{found.pages} trang, {len(broken)} hỏng; {found.accounts} sổ,"
                f" {len(found.unbalanced_batches)} không cân",
                f"{found.pages} pages, {len(broken)} broken; {found.accounts} accounts,"
                f" {len(found.unbalanced_batches)} unbalanced",
            )
        )
        for line in broken:
            err.print(line, markup=False)
    if not found.sound:
        raise typer.Exit(3)


@app.command()
def record(
    code: Annotated[str, typer.Argument(help="Mã hồ sơ, văn bản, tờ khai… / dossier, document, declaration …")],
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Một bản ghi: từ trang nào, bị loại vì sao, vào chỉ tiêu nào / where a record came from and counts."""
    from ioc.explain import plain
    from kpis.catalogue import Catalogue
    from kpis.lineage import counted_in

    installation = installation_of(province)
    settings = installation.settings
    with reader(settings) as connection:
        found = counted_in(connection, settings.province, code, catalogue=Catalogue.of(installation))
    if not found.rows and not found.refused:
        err.print(say(f"Không có bản ghi nào mang mã {code}", f"No record bears the code {code}"), markup=False)
        raise typer.Exit(1)
    counted = plain([vars(one) for one in found.counted])
    if json:
        print_json({"key": code, "rows": plain(found.rows), "refused": found.refused, "counted_in": counted})
        return
    for row in found.rows:
        shown = [{"what": what, "is": in_words(value)} for what, value in row.items() if value is not None]
        print_table(row["view"], {"what": "", "is": row["key"]}, shown)
    columns = {
        "kpi": say("chỉ tiêu", "KPI"),
        "measure": say("số đo", "measure"),
        "key": say("bản ghi", "record"),
        "day": say("từ ngày", "from"),
        "until": say("đến ngày", "to"),
        "numerator": say("vào tử số", "in the numerator"),
        "denominator": say("vào mẫu số", "in the denominator"),
    }
    print_table(say("Được tính vào", "Counts in"), columns, counted)
    if found.refused:
        columns = {
            "quarantine_id": "#",
            "key": say("bản ghi", "record"),
            "rules": say("vi phạm", "broke"),
            "batch_id": say("lô", "batch"),
            "page_number": say("trang", "page"),
            "replay_batch_id": say("đã nạp lại ở lô", "accepted by batch"),
        }
        print_table(say("Đã bị loại", "Refused"), columns, found.refused)
