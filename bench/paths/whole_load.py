"""The hub's whole path: fetch, redact, land, stage, judge with Great Expectations, publish with its account."""

from datetime import date

import measure

from expectations import suite
from hub.installation import Installation
from hub.settings import Settings
from pipeline.fetch import run_feed


def work(job):
    settings = Settings(
        warehouse_url=job["database"].replace("postgresql://", "postgresql+psycopg://"),
        landing=f"{job['folder']}/landing",
        gateway_url=job["gateway"],
        client_id=job["client_id"],
        client_secret=job["client_secret"],
        hmac_key="benchmark-only",
        province="H37",
        area="20",
    )
    days = date.fromisoformat(job["first"]), date.fromisoformat(job["last"])
    outcome = run_feed(Installation(settings), "dvc", "dossiers", *days)
    account = outcome.account
    assert account.balances(), account
    assert account.loaded == job["rows"], account
    return "warehouse.fact_dossier"


if __name__ == "__main__":
    suite.library()  # its import is not measured
    measure.run(work)
