"""A source that fills its columns in another way from one day on is held back or told, whether days come one by one or
all in one load."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from connectors.decoding import WirePage
from connectors.paging.feed_reader import Declaration
from connectors.slices import Slice
from connectors.source_files import SOURCES, find_feed
from hub.errors import Blocked, HubError
from pipeline.batch import load
from pipeline.fetch import open_decoder
from pipeline.origin import Origin
from pipeline.progress import silent
from tests.pipeline.hub import _EVIDENCE, Hub, _decoded
from tests.pipeline.mended import accept, strict
from tests.pipeline.test_profile import said
from tests.pipeline.test_unlisted_codes import LISTED, dossier
from tests.pipeline.versions import document

BEGIN = date(2023, 2, 1)
DOSSIERS, DOCUMENTS = ("dvc", "dossiers"), ("ioffice", "documents")
SIZE = 40
Records = Callable[[date], Sequence[Any]]
PERSON = "Nguyễn Thị Bích Hằng 0912345678"


def days(count: int) -> list[date]:
    return [BEGIN + timedelta(days=number) for number in range(count)]


def take(hub: Hub, feed: tuple[str, str], asked: Sequence[date], records: Records, per_page: int = 1000) -> list[str]:
    """Loads days in one load as if the source had given these records, a slice a day; the status of each."""
    spec = find_feed(*feed, hub.settings.sources).model_copy(update={"max_rejected": 1.0})
    decoder = open_decoder(hub.settings, spec)

    def pages(piece: Slice, declaration: Declaration) -> Iterator[WirePage]:
        given = records(piece.first)
        declaration.declared = len(given) if spec.paging.total else None
        for place in range(0, len(given), per_page):
            page = _decoded(decoder, spec, given[place : place + per_page], {"slice": str(piece.first)})
            yield WirePage(page, *_EVIDENCE, datetime.now(UTC))

    origin = Origin(*feed, spec, decoder, lambda _: [Slice(day, day) for day in asked], pages)
    try:
        return [end.status for end in load(hub.installation, origin, silent).ends]
    except Blocked as error:
        assert len(asked) == 1 or error
        return ["blocked"] * len(asked)


def dossiers(day: date, count: int = SIZE, /, **changed: Any) -> list[dict[str, Any]]:
    """Of a day: seven of ten online, from four communes; `changed` may be a function of the number."""
    usual = {
        "channel_code": lambda n: "2" if n % 10 < 7 else "1",
        "area_code": lambda n: ("05971", "06001", "05974", "05977")[n % 4],
        "organisation_code": lambda n: LISTED[n % 5],
        "level": lambda n: "4" if n % 2 else "3",
        "received_at": lambda n: f"{day:%Y%m%d}{8 + n % 9:02}0000",
        "due_at": lambda n: f"{day + timedelta(days=3 + n % 20):%Y%m%d}170000",
        "ended_at": lambda n: "" if n % 3 else f"{day:%Y%m%d}170000",
        "updated_at": lambda n: f"{day:%Y%m%d}{17 + n % 5}0000",
    }
    columns = {**usual, **changed}
    return [
        {**_dossier(), WIRE["dossier_code"]: f"000.00.11.H37-{day:%y%m%d}-{n:04}"}
        | {WIRE[name]: of(n) if callable(of) else of for name, of in columns.items()}
        for n in range(count)
    ]


WIRE = {name: str(column.wire) for name, column in find_feed(*DOSSIERS).kept.items()}
_dossier = cache(partial(dossier, 0))


def observed(hub: Hub, rule: str) -> list[Any]:
    """What was measured for a rule, day by day; None where there was nothing to compare."""
    return [
        text if passed is False else passed
        for passed, text in hub.rows(
            "select passed, observed from quality.rule_result join ledger.batch using (batch_id) where rule_id = %s"
            " order by batch_id",
            rule,
        )
    ]


def no_due_date_from(number: int) -> Records:
    return lambda day: dossiers(day, **({"due_at": ""} if day >= BEGIN + timedelta(days=number) else {}))


NONE = "due_at: 0 % → 100 %"


def test_in_one_load_the_day_is_found_from_which_no_due_date_is_sent(hub: Hub) -> None:
    assert take(hub, DOSSIERS, days(12), no_due_date_from(8)) == ["published"] * 8 + ["blocked"] * 4
    assert observed(hub, "null_share") == [None] * 5 + [True] * 3 + [NONE] * 4
    assert hub.one("select count(*) from warehouse.fact_dossier where due_at is null") == 0
    (reason,) = set(hub.rows("select reason_en from ledger.batch where status = 'blocked'"))
    assert f"null_share: {NONE}" in reason[0]
    assert "changed_on" in reason[0]


def test_load_by_load_the_same_days_are_held_back(hub: Hub) -> None:
    records = no_due_date_from(6)
    found = [take(hub, DOSSIERS, [day], records) for day in days(8)]
    assert found == [["published"]] * 6 + [["blocked"]] * 2
    assert observed(hub, "null_share") == [None] * 5 + [True, NONE, NONE]


def test_what_always_was_half_empty_does_not_drift(hub: Hub) -> None:
    def records(day: date) -> list[dict[str, Any]]:
        return dossiers(day, service_code=lambda n: "1.001234" if (n * 7 + day.day * 3) % 13 < 6 else "")

    assert set(take(hub, DOSSIERS, days(20), records)) == {"published"}
    for rule in ("null_share", "unusual_null_share"):
        assert observed(hub, rule) == [None] * 5 + [True] * 15


def test_a_new_list_of_organisations_is_told_and_refuses_nothing(hub: Hub) -> None:
    def records(day: date) -> list[dict[str, Any]]:
        new = {"organisation_code": lambda n: f"H37.{n % 5}"} if day == days(7)[-1] else {}
        return dossiers(day, **new)

    assert set(take(hub, DOSSIERS, days(7), records)) == {"published"}
    assert observed(hub, "unknown_share")[-1] == "organisation_code: 0 % → 100 %"


def test_a_default_value_everywhere_is_told_and_published(hub: Hub) -> None:
    def records(day: date) -> list[dict[str, Any]]:
        return dossiers(day, **({"channel_code": "", "level": "4"} if day == days(7)[-1] else {}))

    assert set(take(hub, DOSSIERS, days(7), records)) == {"published"}
    assert (
        observed(hub, "common_value_share")[-1] == "channel_code: online 70 % → direct 100 %; level: 3 50 % → 4 100 %"
    )


def test_all_records_on_one_day_are_told(hub: Hub) -> None:
    def records(day: date) -> list[dict[str, Any]]:
        return dossiers(day, **({"due_at": "20230630170000"} if day == days(7)[-1] else {}))

    assert set(take(hub, DOSSIERS, days(7), records)) == {"published"}
    assert observed(hub, "day_share") == [None] * 5 + [True, "due_at: 5 % → 2023-06-30 100 %"]


def test_small_slices_are_neither_judged_nor_compared_with(hub: Hub) -> None:
    few = 19
    assert set(take(hub, DOSSIERS, days(8), lambda day: dossiers(day, few, due_at=""))) == {"published"}
    assert observed(hub, "null_share") == [None] * 8
    later = [day + timedelta(days=10) for day in days(7)]
    assert set(take(hub, DOSSIERS, later, dossiers)) == {"published"}
    assert observed(hub, "null_share")[8:] == [None] * 5 + [True] * 2


def specified(hub: Hub, old: str, new: str) -> None:
    """Another specification of the portal from now on."""
    folder = hub.settings.state / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    path: Path = folder / "dvc.toml"
    text = (path if path.exists() else SOURCES / "dvc.toml").read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    hub.settings = hub.settings.model_copy(update={"sources": folder.parent / f"sources-{len(new)}"})
    folder.rename(hub.settings.sources or folder)


def test_a_change_that_is_stated_is_let_through_from_its_day_on(hub: Hub) -> None:
    records = no_due_date_from(6)
    assert take(hub, DOSSIERS, days(8), records)[6:] == ["blocked"] * 2
    specified(hub, 'due_at = { wire = "NgayHenTra",', f'due_at = {{ changed_on = {days(7)[6]}, wire = "NgayHenTra",')
    assert set(take(hub, DOSSIERS, days(14)[6:], records)) == {"published"}
    assert take(hub, DOSSIERS, days(6)[5:], lambda day: dossiers(day, due_at="")) == ["blocked"], "it was before"


def test_where_the_feed_says_so_drift_is_told_and_published(hub: Hub) -> None:
    specified(hub, "[feeds.dossiers]\n", "[feeds.dossiers]\nmax_drift = 1.0\n")
    assert set(take(hub, DOSSIERS, days(7), no_due_date_from(6))) == {"published"}
    assert observed(hub, "null_share") == []
    assert observed(hub, "unusual_null_share")[-1] == NONE


def without(records: Sequence[Mapping[str, Any]], *fields: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in record.items() if name not in fields} for record in records]


def test_a_field_that_is_missing_on_one_page_of_three_is_named_with_the_page(hub: Hub) -> None:
    def records(day: date) -> list[dict[str, Any]]:
        rows = dossiers(day, 90)
        return [*rows[:30], *without(rows[30:60], "KenhThucHien", "MucDo"), *rows[60:]]

    assert take(hub, DOSSIERS, days(1), records, per_page=30) == ["blocked"]
    assert observed(hub, "vanished_fields") == ["2: KenhThucHien (trang/page 2), MucDo (trang/page 2)"]


@pytest.mark.parametrize(
    "pages",
    [
        (30, 19),  # too few records to say
        (30, 0),  # what is on no page is no page's fault
    ],
)
def test_what_says_nothing_of_a_page_is_not_told(hub: Hub, pages: tuple[int, int]) -> None:
    def records(day: date) -> list[dict[str, Any]]:
        rows = dossiers(day, sum(pages))
        return [*rows[: pages[0]], *without(rows[pages[0] :], "MucDo")] if pages[1] else without(rows, "MucDo")

    assert take(hub, DOSSIERS, days(1), records, per_page=30) == ["published"]


def test_a_field_that_only_some_records_have_may_be_missing_on_a_page(hub: Hub) -> None:
    def records(day: date) -> list[dict[str, Any]]:
        rows = dossiers(day, 90)
        return [*rows[:3], *without(rows[3:], "NgayTuChoi")]

    assert take(hub, DOSSIERS, days(1), records, per_page=30) == ["published"]


def test_a_file_of_one_operator_without_a_column_of_the_others_is_named(hub: Hub) -> None:
    rows = [
        {"ky": "2023-02", "ma_dia_ban": code, "loai": kind, "smartphone": "1", "so_thue_bao": "5"}
        for kind in ("di_dong", "co_dinh", "internet_co_dinh", "internet_di_dong")
        for code in ("05971", "06001", "05974", "05977", "05980", "05983")
    ]
    spec = find_feed("telecom", "subscribers")
    decoder = open_decoder(hub.settings, spec)
    pages = [
        _decoded(decoder, spec, given, {"doanh_nghiep": operator, "lan_nop": 1})
        for operator, given in [("VNPT", rows), ("VIETTEL", without(rows, "smartphone"))]
    ]
    with pytest.raises(HubError, match=r"vanished_fields: 1: smartphone \(trang/page 2\)"):
        hub.take_pages("telecom", "subscribers", pages)


def test_a_field_whose_absence_has_a_value_is_missed_beside_the_days_before(hub: Hub) -> None:
    def records(day: date) -> list[dict[str, Any]]:
        return without(dossiers(day), "KenhThucHien") if day == days(7)[-1] else dossiers(day)

    assert take(hub, DOSSIERS, days(7), records)[5:] == ["published", "blocked"]
    assert observed(hub, "vanished_fields")[-1] == "1: KenhThucHien"


def personal(hub: Hub) -> None:
    folder = hub.settings.state / "hashed"
    folder.mkdir(parents=True)
    text = (SOURCES / "ioffice.toml").read_text("utf-8")
    urgency = 'urgency = { wire = "urgency", label = "Độ khẩn" }'
    assert urgency in text
    hashed = 'urgency = { wire = "urgency", personal = "hmac", codes = { A = "A" } }'
    (folder / "ioffice.toml").write_text(text.replace(urgency, hashed), "utf-8")
    hub.settings = hub.settings.model_copy(update={"sources": folder})


def test_the_profile_holds_nothing_about_persons_and_no_free_text(hub: Hub) -> None:
    personal(hub)
    given = [document(f"D{n}", content=PERSON, urgency=PERSON, subject=PERSON, codenumber=PERSON) for n in range(30)]
    hub.take(*DOCUMENTS, given, per_page=30)
    kept = hub.rows("select column_name, common_value, column_profile::text from quality.column_profile")
    names = {name for name, *_ in kept}
    assert "steering_type" in names
    assert names.isdisjoint({"urgency", "subject"})
    assert {name for name, value, _ in kept if value is not None} == {
        *("organisation_code", "secret", "signed", "issued_at", "updated_at")
    }
    text = json.dumps(kept, ensure_ascii=False)
    assert PERSON not in text
    assert re.search("[0-9a-f]{32}", text) is None


def test_refused_records_that_are_replayed_are_not_compared(hub: Hub) -> None:
    strict(hub)
    refused = "000.00.77.H37"

    def records(day: date) -> list[dict[str, Any]]:
        good = [
            document(f"{day}-{n}", promulgationdate=f"{day}T08:00:00", signed_at=f"{day}T09:00:00") for n in range(40)
        ]
        bad = [document(f"{day}-bad-{n}", organid=refused, codenotation="") for n in range(30)]
        return [*good, *(bad if day == days(7)[-1] else [])]

    assert set(take(hub, DOCUMENTS, days(7), records)) == {"published"}
    accept(hub, refused)
    (batch,) = hub.rows("select max(batch_id) from ledger.batch")[0]
    replayed = hub.replay(batch)
    assert (replayed.status, replayed.account.loaded) == ("published", 30)
    assert hub.rows("select count(*) from quality.column_profile where batch_id = %s", replayed.batch_id) == [(0,)]
    rules = hub.rows("select rule_id from quality.rule_result where batch_id = %s", replayed.batch_id)
    assert {rule for (rule,) in rules}.isdisjoint({"null_share", "unusual_null_share", "day_share"})


def test_a_slice_is_compared_as_it_was_published_last(hub: Hub) -> None:
    take(hub, DOSSIERS, days(6), lambda day: dossiers(day, service_code=""))
    take(hub, DOSSIERS, days(6), dossiers)
    assert take(hub, DOSSIERS, days(7)[6:], lambda day: dossiers(day, service_code="")) == ["blocked"]


def test_a_day_of_the_past_is_compared_with_the_days_before_it_alone(hub: Hub) -> None:
    later = [day + timedelta(days=60) for day in days(8)]
    take(hub, DOSSIERS, later, dossiers)
    take(hub, DOSSIERS, days(8), lambda day: dossiers(day, due_at=""))
    assert {status for (status,) in hub.batches("status")} == {"published"}


def test_a_source_that_gives_the_same_every_day_is_as_usual(hub: Hub) -> None:
    take(hub, DOSSIERS, days(10), dossiers)
    for rule in ("null_share", "unknown_share", "common_value_share", "day_share"):
        assert observed(hub, rule) == [None] * 5 + [True] * 5
    assert said(hub, 1, "null_share") == (None, "—")


def test_records_that_came_again_count_once(hub: Hub) -> None:
    begin, following = days(2)
    once, again = dossiers(begin), dossiers(following)
    assert take(hub, DOSSIERS, [begin], lambda _: once) == ["published"]
    assert take(hub, DOSSIERS, [following], lambda _: [*again, *again[:10], *again[:10]]) == ["published"]
    profiles = "select column_name, records, nulls, absent, unlisted, common_count from quality.column_profile"
    first, second = (
        hub.rows(f"{profiles} join ledger.batch using (batch_id) where first_day = %s order by 1", day)
        for day in (begin, following)
    )
    assert first == second
    assert {records for _, records, *_ in second} == {SIZE}
