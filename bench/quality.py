"""The pages of quality with 100 runs, 10,000 and 100,000: whether what they cost depends on how many there are."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

import psycopg
from fastapi.testclient import TestClient

from accounts import directory, rights, sessions
from demo.services import FOLDER
from hub.installation import Installation
from kpis.catalogue import Catalogue
from screens.app import create_app
from screens.database import ScreenSettings
from warehouse.database import connect

SIZES = (100, 10_000, 100_000)
"""Few runs do not fill the pages: of 100 two are blocked. With the second number each list is full and each of twelve
months has runs of each feed, as with the last."""
PAGES = (
    "/quality",
    "/quality?source=telecom",
    "/quality/runs",
    "/quality/runs?status=blocked",
    "/quality/runs?source=dvc&rule=area_code:known",
    "/quality/runs?deliverer=vnpt",
    "/quality/runs?from=2023-01-01&to=2023-01-31",
    "/quality/rules",
    "/quality/quarantine?status=open",
    "/quality/runs/90",
)
FILL = """
insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, status, fetched, loaded,
    quarantined, finished_at, deliverer_column)
select p.province_id, f.source, f.feed, d.day, d.day, 1, '', case when n % 50 = 7 then 'blocked' else 'published' end,
    100, 99, 1, now(), case when f.source = 'telecom' then 'operator_code' end
from generate_series(0, SIZE - 1) as n
join warehouse.dim_province as p on p.code = 'H37'
cross join lateral (select (array['dvc', 'ioffice', 'telecom', 'gate', 'feedback', 'press', 'post', 'security',
        'citizen_app', 'lgsp'])[1 + n % 10] as source, 'feed' || n / 10 % 2 as feed) as f
cross join lateral (select date '2023-06-30' - n / 20 * greatest(365 / (SIZE / 20), 1) as day) as d;
insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed, evaluated, failed,
    description_vi, description_en)
select b.batch_id, r.rule, 'reject', 'x', true, (b.batch_id + r.place) % 9 > 0, 100,
    ((b.batch_id + r.place) % 9 = 0)::integer, r.rule, r.rule
from ledger.batch as b cross join unnest(array['types', 'keys:unique', 'missing_records', 'area_code:known',
    'age_hours', 'level:codes', 'unusual_null_share', 'share_of_usual', 'rejected_share', 'received_at:required'])
    with ordinality as r (rule, place);
insert into quality.month_total (province_id, source, feed, month, rule_id, runs, broken, evaluated, failed)
select b.province_id, b.source, b.feed, date_trunc('month', b.last_day::timestamp)::date, r.rule_id, count(*),
    count(*) filter (where not r.passed), sum(r.evaluated), sum(r.failed)
from quality.rule_result as r join ledger.batch as b using (batch_id) group by 1, 2, 3, 4, 5;
insert into ledger.delivery (batch_id, deliverer, records)
select batch_id, d, 50 from ledger.batch cross join unnest(array['vnpt', 'viettel']) as d
where source = 'telecom' and status = 'published';
insert into landing.page (batch_id, page_number, wire_sha256, landed_sha256, correlation_id, request, records,
    wire_bytes, fetched_at)
select batch_id, 1, '', '', '', 'GET /x', 100, 1, now() from ledger.batch;
insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record, offences)
select batch_id, 1, 1, batch_id::text, '["types"]', '{}', '[{"rule": "types", "column": "x", "value": "y"}]'
from ledger.batch;
"""


@dataclass(frozen=True)
class QualityPage:
    """Milliseconds that the median answer took and rows of its tables, each by number of runs as in SIZES."""

    path: str
    times: list[float]
    rows: list[int]

    @property
    def ratio(self) -> float:
        """What it costs more with the most runs than with the fewest."""
        return self.times[-1] / self.times[0]

    @property
    def ratio_of_full(self) -> float:
        """The same beside the fewest runs that fill every page."""
        return self.times[-1] / self.times[1]


def measure(server, rounds: int, tell: Callable[[str], None]) -> list[QualityPage]:
    """Each page so often, as a signed-in auditor, at each size; sizes take turns, so that other work on the machine
    disturbs all alike."""
    with ExitStack() as open_:
        ask = []
        for size in SIZES:
            tell(f"{size:,} runs")
            url = open_.enter_context(server.database(hub=True, name=f"measured_{size}"))
            _fill(url, size)
            ask.append(open_.enter_context(_asking(url.replace("postgresql:", "postgresql+psycopg:"))))
        tell("asking")
        return [_page(path, ask, rounds) for path in PAGES]


def _page(path: str, ask: Sequence[Callable[[str], tuple[float, int]]], rounds: int) -> QualityPage:
    answers = [[one(path) for one in ask] for _ in range(rounds + 3)][3:]
    times = [median(milliseconds for milliseconds, _ in own) for own in zip(*answers, strict=True)]
    return QualityPage(path, times, [rows for _, rows in answers[-1]])


def _fill(url: str, size: int) -> None:
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(FILL.replace("SIZE", str(size)))
        owner.execute("vacuum analyze")


@contextmanager
def _asking(url: str) -> Iterator[Callable[[str], tuple[float, int]]]:
    """Asks for a page: milliseconds, and the rows that it shows."""
    with connect(url, "owner") as owner:
        directory.create(owner, "kiem.toan", "Kiểm toán", "auditor", rights.find_limits(owner, "H37"))
    with connect(url, "accounts") as keeper:
        token = sessions.open_for(keeper, directory.find_caller(keeper, directory.find(keeper, "kiem.toan").account_id))
    app = create_app(ScreenSettings(url, "H37", Catalogue.of(Installation.open(FOLDER))))
    with TestClient(app, client=("127.0.0.1", 5000)) as client:

        def ask(path: str) -> tuple[float, int]:
            begun = time.perf_counter()
            answer = client.get(path, headers={"cookie": f"ioc_session={token}"})
            took = (time.perf_counter() - begun) * 1000
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")
            return took, answer.text.count('<th scope="row"')

        yield ask
