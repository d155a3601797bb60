"""Whatever an administrator does to accounts and keys is an entry of the audit trail; passwords are in none."""

import json
from typing import Any

from accounts import directory, keys
from accounts.account_roles import Role
from accounts.caller import as_caller, log_read
from accounts.rights import Limits, find_limits
from warehouse import trail
from warehouse.database import connect

PASSWORD = "một-mật-khẩu-dài-và-lạ"


def test_accounts_rights_passwords_keys_and_reads_are_told(warehouse_url: str) -> None:
    with connect(warehouse_url, "accounts") as keeper:
        limits = find_limits(keeper, "H37")
        number = directory.create(keeper, "stt", "Sở", "department", limits, PASSWORD, "subject-1")
        account = directory.find(keeper, "stt")
        directory.set_rights(keeper, account, "auditor", limits)
        directory.set_password(keeper, account, f"{PASSWORD}-2", by_user=True)
        key = keys.create(keeper, number, "máy", ["read"], 9)
        keys.revoke(keeper, key)
        directory.disable(keeper, account)
        directory.enable(keeper, account)
        caller = directory.find_caller(keeper, number)
        assert caller is not None
        for what in ("figures", "rows", "export"):
            log_read(keeper, caller, what, {"kpi": "phone_density", "province": "H37"})
        keeper.commit()
    with connect(warehouse_url, "owner") as owner:
        bodies = [
            body
            for (body,) in owner.execute(
                "select body from ledger.entry where act in ('account', 'key', 'read', 'export') order by entry_id"
            ).fetchall()
        ]
    told: list[dict[str, Any]] = [json.loads(body) for body in bodies]
    prefix = "_".join(key.split("_")[:2])
    assert [(entry["act"], entry["subject"]) for entry in told] == [
        ("account", "account/stt"),
        ("account", "account/stt/rights"),
        ("account", "account/stt/password"),
        ("key", f"key/{prefix}"),
        ("key", f"key/{prefix}"),
        ("account", "account/stt"),
        ("account", "account/stt"),
        ("read", "rows/phone_density"),
        ("export", "export/phone_density"),
    ]
    assert (told[1]["before"]["role"], told[1]["after"]["role"]) == ("department", "auditor")
    assert told[2]["actor"] == told[-1]["actor"] == "account:stt"
    assert {entry["province"] for entry in told if entry["act"] == "account"} == {"H37"}
    for secret in (PASSWORD, "argon2", "subject-1", key.split("_", 2)[2]):
        assert secret not in "".join(bodies)


def test_an_auditor_reads_the_trail_of_what_the_account_may_see(warehouse_url: str) -> None:
    with connect(warehouse_url, "loader") as loader:
        for province in ("H37", "H59", None):
            trail.write(loader, "load", f"seen/{province}", province=province)
        loader.commit()
    kinds: list[tuple[str, Role, str | None, set[str]]] = [
        ("own", "auditor", "H37", {"seen/H37"}),
        ("whole", "admin", None, {"seen/H37", "seen/H59", "seen/None"}),
        ("leader", "viewer", None, set()),
        ("engineer", "engineer", None, set()),
    ]
    for login, role, province, expected in kinds:
        with connect(warehouse_url, "accounts") as keeper:
            number = directory.create(keeper, f"reads-{login}", "x", role, find_limits(keeper, province))
            caller = directory.find_caller(keeper, number)
            keeper.commit()
        assert caller is not None
        with connect(warehouse_url, "screens") as connection, as_caller(connection, caller):
            found = connection.execute("select subject from serving.audit_entries where subject like 'seen/%'")
            assert {subject for (subject,) in found} == expected, login
    with connect(warehouse_url, "accounts") as keeper:
        limits = find_limits(keeper, "H37")
        own = Limits(limits.province_id, None, None, ("press",))
        number = directory.create(keeper, "reads-press", "x", "auditor", own)
        caller = directory.find_caller(keeper, number)
        keeper.commit()
    assert caller is not None
    with connect(warehouse_url, "screens") as connection, as_caller(connection, caller):
        assert connection.execute("select count(*) from serving.audit_entries").fetchone() == (0,)
