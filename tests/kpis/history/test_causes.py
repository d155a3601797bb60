"""What a leader was told stays; what changed it is written beside it: late records, corrections, definitions."""

from collections.abc import Callable
from datetime import date

from kpis.definition import Definition
from tests.kpis.history.hub import FEBRUARY, JANUARY, QUARTER, TO_FEBRUARY, TODAY, YEAR, Hub

SAID = "value::integer, definition_version, cause, cause_batch_id"
DOUBLED = ('"count(*)"', '"2 * count(*)"')
Define = Callable[..., Definition]


def test_a_late_record_changes_a_closed_period_and_names_its_batch(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    first = hub.publish(JANUARY)
    hub.refresh()
    hub.vehicles("2023-01-20")
    late = hub.publish(FEBRUARY, changed_from=date(2023, 1, 20))
    hub.refresh()
    assert hub.revisions(JANUARY, SAID) == [(1, 1, "first", first), (2, 1, "data", late)]
    assert hub.revisions(FEBRUARY, SAID) == [(0, 1, "first", late)]


def test_a_correction_lowers_a_closed_period_and_names_its_batch(hub: Hub) -> None:
    hub.vehicles("2023-01-05", "2023-01-06")
    first = hub.publish(JANUARY)
    hub.refresh()
    hub.connection.execute(
        "update warehouse.fact_vehicle set status_code = 'cancelled' where processed_day = '2023-01-06'"
    )
    correcting = hub.publish(FEBRUARY, changed_from=date(2023, 1, 6))
    hub.refresh()
    assert hub.revisions(JANUARY, SAID) == [(2, 1, "first", first), (1, 1, "data", correcting)]


def test_of_several_new_batches_the_one_that_met_the_period_is_its_cause(hub: Hub) -> None:
    hub.vehicles("2023-01-05", "2023-02-05", "2023-03-05")
    january, february = hub.publish(JANUARY), hub.publish(FEBRUARY)
    march = hub.publish((date(2023, 3, 1), date(2023, 3, 31)))
    hub.refresh()
    causes = [hub.revisions(period, SAID)[0][-1] for period in (JANUARY, FEBRUARY, TO_FEBRUARY, QUARTER)]
    assert causes == [january, february, february, march]


def test_a_stock_is_carried_on_so_that_an_earlier_batch_is_the_cause_of_later_periods(hub: Hub) -> None:
    hub.facts.add("fact_ecommerce", [{"day": "2023-01-31", "platform_code": "voso", "listings": 5}])
    batch = hub.publish(JANUARY, feed="ecommerce.platforms")
    hub.publish(FEBRUARY, feed="ecommerce.platforms")
    hub.refresh("ecommerce_listings")
    hub.connection.execute("update warehouse.fact_ecommerce set listings = 6")
    late = hub.publish(JANUARY, feed="ecommerce.platforms")
    hub.refresh("ecommerce_listings")
    columns = "value::integer, cause, cause_batch_id"
    assert hub.revisions(JANUARY, columns, kpi="ecommerce_listings") == [(5, "first", batch), (6, "data", late)]
    assert hub.revisions(FEBRUARY, columns, kpi="ecommerce_listings")[1:] == [(6, "data", late)]


def test_a_new_version_alone_rewrites_nothing(hub: Hub, defined: Define) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    defined(2, DOUBLED)
    done = hub.refresh()
    assert (done.periods, done.revisions) == (0, 0)


def test_news_about_a_period_said_before_follow_the_version_under_which_it_was_said(hub: Hub, defined: Define) -> None:
    hub.vehicles("2023-01-05")
    first = hub.publish(JANUARY)
    hub.refresh()
    defined(2, DOUBLED)
    hub.vehicles("2023-01-06", "2023-02-05")
    second = hub.publish(FEBRUARY, changed_from=date(2023, 1, 6))
    hub.refresh()
    assert hub.revisions(JANUARY, SAID) == [(1, 1, "first", first), (2, 1, "data", second)]
    assert hub.revisions(YEAR, SAID)[-1] == (3, 1, "data", second)
    assert hub.revisions(FEBRUARY, SAID) == [(2, 2, "first", second)]


def test_a_new_period_follows_the_version_that_is_valid_on_its_last_day(hub: Hub, defined: Define) -> None:
    hub.refresh()
    hub.vehicles("2022-12-05", "2023-01-05")
    defined(2, DOUBLED, ("version = 2", "version = 2\nvalid_from = 2023-01-01"))
    hub.publish((date(2022, 12, 1), date(2023, 1, 31)))
    hub.refresh()
    assert hub.revisions((date(2022, 12, 1), date(2022, 12, 31)), SAID)[0][:2] == (1, 1)
    assert hub.revisions(JANUARY, SAID)[0][:2] == (2, 2)


def test_recomputing_says_closed_periods_anew_and_the_old_word_stays(hub: Hub, defined: Define) -> None:
    hub.vehicles("2023-01-05", "2023-02-05")
    first = hub.publish(TO_FEBRUARY)
    hub.refresh()
    defined(2, DOUBLED)
    done = hub.recompute(first=date(2023, 2, 1), last=date(2023, 2, 28))
    [change] = done.changes
    assert [change.before, change.after] == [1, 2]
    assert change.cause == "definition"
    assert (change.period.first, change.period.last) == FEBRUARY
    assert (done.periods, done.revisions) == (1, 3)
    assert hub.revisions(FEBRUARY, SAID) == [(1, 1, "first", first), (2, 2, "definition", None)]
    assert hub.revisions(FEBRUARY, slice_="direction=export") == [1, 2]
    assert hub.revisions(JANUARY, SAID) == [(1, 1, "first", first)]
    hub.recompute()
    assert hub.revisions(JANUARY, SAID)[-1] == (2, 2, "definition", None)
    assert hub.recompute().revisions == 0


def test_recomputing_without_a_new_version_takes_in_what_no_batch_brought(hub: Hub) -> None:
    """As when a population or a plan is put right in the reference data."""
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    assert hub.recompute().revisions == 0
    hub.vehicles("2023-01-06")
    hub.connection.commit()
    hub.recompute(last=date(2023, 1, 31))
    assert hub.revisions(JANUARY, SAID)[-1] == (2, 1, "recompute", None)
    assert hub.revisions(YEAR) == [1]


def test_news_that_recomputing_finds_keep_their_batch_as_cause(hub: Hub, defined: Define) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    defined(2, DOUBLED)
    hub.vehicles("2023-01-06")
    late = hub.publish(JANUARY)
    hub.recompute()
    assert hub.revisions(JANUARY, SAID)[1:] == [(2, 1, "data", late), (4, 2, "definition", None)]


def test_after_recomputing_news_follow_the_new_version_even_where_it_changed_no_value(
    hub: Hub, defined: Define
) -> None:
    hub.publish(JANUARY)
    hub.refresh()
    defined(2, DOUBLED)
    hub.recompute()
    hub.vehicles("2023-01-05")
    late = hub.publish(JANUARY)
    hub.refresh()
    assert hub.revisions(JANUARY, SAID)[1:] == [(0, 2, "definition", None), (2, 2, "data", late)]


def test_a_version_that_can_no_longer_be_computed_gives_way_and_says_so(hub: Hub, defined: Define) -> None:
    """A release may take away a column that an old version reads; what was said under it stays."""
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    hub.connection.execute('update kpi.definition set body = body || \'{"reads": "no_such_view"}\'')
    defined(2, DOUBLED)
    hub.publish(JANUARY)
    hub.refresh()
    assert hub.revisions(JANUARY, SAID)[1:] == [(2, 2, "definition", None)]


def test_each_day_s_word_stays_as_it_was_whatever_comes_later(hub: Hub, defined: Define) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    hub.said_on(date(2023, 2, 1))
    before = hub.known_at(date(2023, 2, 28), JANUARY)
    hub.vehicles("2023-01-20")
    hub.publish(FEBRUARY, changed_from=date(2023, 1, 20))
    hub.refresh()
    hub.said_on(date(2023, 3, 1))
    defined(2, DOUBLED, ('unit = "vehicles"', 'unit = "half vehicles"'))
    hub.recompute()
    assert hub.known_at(date(2023, 2, 28), JANUARY) == before
    words = [hub.known_at(day, JANUARY) for day in (date(2023, 2, 28), date(2023, 3, 1), TODAY)]
    assert [known.value for known in words] == [1, 2, 4]
    assert [known.revision for known in words] == [1, 2, 3]
    assert [(known.definition_version, known.unit) for known in words[1:]] == [(1, "vehicles"), (2, "half vehicles")]
    unsaid = hub.known_at(date(2023, 1, 31), JANUARY)
    assert (unsaid.value, unsaid.status) == (None, "missing")
    assert unsaid.reason is not None
    assert "nothing was published of this by 2023-01-31" in unsaid.reason.en


def test_another_reason_for_the_same_missing_value_is_a_new_word(hub: Hub) -> None:
    """What was kept as the reason on a day is what is told of that day."""
    feed, kpi = "feedback.cases", "feedback_resolved_rate"
    columns = "revision, status, reason_en, cause, cause_batch_id"
    hub.publish((date(2023, 1, 5), date(2023, 1, 31)), feed=feed)
    first = hub.connection.execute("select max(batch_id) from ledger.batch").fetchone()
    hub.refresh(kpi)
    hub.said_on(date(2023, 2, 1))
    assert hub.refresh(kpi).revisions == 0
    earlier = hub.publish((date(2023, 1, 1), date(2023, 1, 4)), feed=feed)
    hub.refresh(kpi)
    assert first is not None
    assert hub.revisions(JANUARY, columns, kpi=kpi) == [
        (1, "missing", "data begin on 2023-01-05", "first", first[0]),
        (2, "missing", "the denominator is 0: nothing to divide by", "data", earlier),
    ]
    then = hub.known_at(date(2023, 2, 28), JANUARY, kpi).reason
    assert then is not None
    assert then.vi == "Dữ liệu chỉ có từ ngày 05/01/2023"


def test_days_that_no_delivery_covers_are_one_reason_however_far_data_reach(hub: Hub) -> None:
    hub.publish(JANUARY)
    for day in (10, 20, 31):
        hub.publish((date(2023, 3, 1), date(2023, 3, day)))
        hub.refresh()
    assert hub.revisions(FEBRUARY, "revision, reason_en") == [(1, "no data yet for 2023-02-01 … 2023-02-28")]
