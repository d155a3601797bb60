"""Loads and refreshes go on beside a BI login that holds whatever it can."""

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from accounts import bi_logins
from tests.pipeline.hub import Hub
from warehouse.database import connect


def test_a_load_and_a_refresh_end_while_it_holds_a_transaction_over_every_view(hub: Hub) -> None:
    with connect(hub.url, "owner") as owner:
        name, secret = f"tool_{owner.info.dbname}", "s3cret-of-the-tool"
        assert bi_logins.prepare(owner, name, secret) is None
        owner.commit()
        views = owner.execute("select viewname from pg_views where schemaname = 'serving_bi'").fetchall()
        assert len(views) > 30
        try:
            address = make_url(hub.url).set(username=name, password=secret).render_as_string(hide_password=False)
            with connect(address, "owner") as tool:
                for (view,) in views:
                    tool.execute(sql.SQL("select from {} limit 1").format(sql.Identifier("serving_bi", view)))
                assert hub.run("ecommerce", "platforms").status == "published"
                hub.refresh()
                assert hub.one("select count(*) from kpi.observation where kpi_id = 'ecommerce_listings'") > 0
                assert tool.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
                tool.execute("select 1")
        finally:
            owner.rollback()
            owner.execute(sql.SQL("drop owned by {0}").format(sql.Identifier(name)))
            owner.execute(sql.SQL("drop role {0}").format(sql.Identifier(name)))
