"""`ioc audit`: whether the evidence still is what it was."""

from typing import Annotated

import typer

from ioc.output import Json, err, print_json
from ioc.reader import reader, reader_settings
from ioc.texts import say

app = typer.Typer(no_args_is_help=True, help="Kiểm toán / audit")


@app.command()
def verify(json: Annotated[bool, Json] = False) -> None:
    """Đối chiếu mọi trang đã lưu với mã băm, mọi sổ cân đối / every landed page against its hash, every account."""
    from connectors.errors import Abort
    from warehouse.landing import Landing

    settings = reader_settings()
    landing = Landing(settings.landing_address)
    with reader(settings) as connection:
        hashes = connection.execute("select distinct landed_sha256 from serving.pages order by 1").fetchall()
        accounts = connection.execute(
            "select batch_id, fetched = loaded + unchanged + superseded + quarantined"
            " and (declared is null or declared = fetched) from serving.batches where status = 'published'"
        ).fetchall()
    broken = []
    for (sha256,) in hashes:
        try:
            landing.read(sha256)
        except Abort as error:
            broken.append(str(error))
    unbalanced = [batch for batch, balances in accounts if not balances]
    found = {"pages": len(hashes), "broken_pages": broken, "accounts": len(accounts), "unbalanced_batches": unbalanced}
    if json:
        print_json(found)
    else:
        typer.echo(
            say(
                f"{len(hashes)} trang, {len(broken)} hỏng; {len(accounts)} sổ, {len(unbalanced)} không cân",
                f"{len(hashes)} pages, {len(broken)} broken; {len(accounts)} accounts, {len(unbalanced)} unbalanced",
            )
        )
        for line in broken:
            err.print(line, markup=False)
    if broken or unbalanced:
        raise typer.Exit(3)
