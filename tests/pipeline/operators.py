"""Months of the telecom operators' files, as the hub takes them."""

from collections.abc import Mapping, Sequence
from datetime import date

from connectors.source_files import find_feed
from hub.periods import first_of_month
from pipeline.batch import Outcome
from pipeline.fetch import open_decoder
from tests.pipeline.hub import Hub, _decoded

BIG, SMALL = "VNPT", "VIETTEL"
"""An operator with ten records, and one whose single record is not missed by the rule of shrinking snapshots."""
SIZE = {BIG: 10, SMALL: 1, "MOBIFONE": 1}
File = Sequence[dict[str, str]]


def end_of(month: date) -> date:
    return date.fromordinal(first_of_month(month, 1).toordinal() - 1)


def station(month: date, site: str, **changed: str) -> dict[str, str]:
    return {"ky": f"{month:%Y-%m}", "ma_vi_tri": site, "ma_dia_ban": "05971", "cong_nghe": "4G", **changed}


def file(month: date, operator: str, **changed: str) -> File:
    """An operator's stations in that month."""
    return [station(month, f"{operator}-{number}", **changed) for number in range(SIZE.get(operator.upper(), 1))]


def revenue(month: date, operator: str, **changed: str) -> File:
    """An operator's revenue of that month, by service."""
    services = range(SIZE.get(operator.upper(), 1))
    return [{"ky": f"{month:%Y-%m}", "dich_vu": f"s{n}", "doanh_thu_dong": "1.000", **changed} for n in services]


def take(hub: Hub, month: date, files: Mapping[str, File], feed: str = "stations", submission: int = 1) -> Outcome:
    """A month as its files give it: operator → records."""
    spec = find_feed("telecom", feed, hub.settings.sources)
    decoder = open_decoder(hub.settings, spec)
    pages = [
        _decoded(decoder, spec, list(records), {"doanh_nghiep": operator, "lan_nop": submission})
        for operator, records in files.items()
    ]
    return hub.take_pages("telecom", feed, pages, days=(month, end_of(month)))


def deliver(hub: Hub, month: date, *operators: str, feed: str = "stations") -> Outcome:
    made = file if feed == "stations" else revenue
    return take(hub, month, {operator: made(month, operator) for operator in operators}, feed)
