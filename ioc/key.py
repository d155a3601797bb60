"""`ioc key`: keys with which machines and walls read, within the rights of an account."""

from dataclasses import asdict
from typing import Annotated

import typer

from ioc.access import access, plain
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table
from ioc.texts import say

app = App("Khoá API / API keys")
_SCOPES = "read, explain, rows, export; wall; metrics"
AsJson = Annotated[bool, Json]


@app.command()
def add(
    login: Annotated[str, typer.Argument(help="Tài khoản có quyền được dùng / account whose rights it has")],
    name: Annotated[str, typer.Option(help="Hệ thống sử dụng khoá / what uses it")],
    scope: Annotated[list[str], typer.Option("--scope", help=f"Phạm vi: {_SCOPES} / scope: {_SCOPES}")] = ["read"],  # noqa: B006 - Typer copies it
    days: Annotated[int, typer.Option(help="Số ngày có hạn / days that it holds")] = 365,
    json: AsJson = False,
) -> None:
    """Tạo khoá, chỉ hiện một lần / make a key, shown this once."""
    from accounts import accounts, keys

    with access() as connection:
        account = accounts.find(connection, login)
        key = keys.create(connection, account.account_id, name, scope, days)
    if json:
        print_json({"key": key, "login": account.login, "name": name, "scopes": sorted(set(scope)), "days": days})
        return
    err.print(say("Khoá chỉ hiện một lần này:", "The key is shown this once:"))
    typer.echo(key)


@app.command("list")
def list_(json: AsJson = False) -> None:
    """Liệt kê khoá / list the keys."""
    from accounts import keys

    with access() as connection:
        every = keys.every(connection)
    if json:
        print_json([plain(key) for key in every])
        return
    columns = {
        "prefix": say("bắt đầu bằng", "begins with"),
        "login": say("tài khoản", "account"),
        "name": say("dùng cho", "used by"),
        "scopes": say("phạm vi", "scopes"),
        "expires_at": say("hết hạn", "expires"),
        "last_used_at": say("dùng lần cuối", "last used"),
        "revoked_at": say("đã thu hồi", "revoked"),
    }
    print_table(say("Khoá", "Keys"), columns, [asdict(key) for key in every])


@app.command()
def revoke(
    prefix: Annotated[
        str, typer.Argument(help="Phần đầu của khoá, xem `ioc key list` / how the key begins, see `ioc key list`")
    ],
    json: AsJson = False,
) -> None:
    """Thu hồi khoá ngay / make a key worthless at once."""
    from accounts import keys

    with access() as connection:
        revoked = keys.revoke(connection, prefix)
    if json:
        print_json({"revoked": revoked})
    else:
        typer.echo(say("Đã thu hồi khoá.", "Key revoked."))
