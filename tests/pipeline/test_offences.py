"""Of each refused record it is kept which rule it broke, in which column, and with what value; never a person's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.source_files import SOURCES
from tests.pipeline.hub import Hub
from tests.pipeline.mended import accept, strict
from tests.pipeline.test_versions import station, stations
from tests.pipeline.versions import UNKNOWN_ORGANISATION, document

DOCUMENTS, WORK_FILES = ("ioffice", "documents"), ("ioffice", "work_files")
SOON = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S")
LATER = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%S")
PERSON = "Nguyễn Thị Bích Hằng 0912345678"


def offences(hub: Hub, batch: int = 1) -> list[list[tuple[str, str, Any]]]:
    """Of each refused record of a batch (rule, column, value), in order."""
    rows = hub.rows("select offences from quality.quarantine where batch_id = %s order by row_number", batch)
    return [[(one["rule"], one["column"], one["value"]) for one in found] for (found,) in rows]


def refused(hub: Hub, **changed: Any) -> list[tuple[str, str, Any]]:
    """The offences of one document that is as it should be but for what is `changed`."""
    [found] = offences(hub, hub.take(*DOCUMENTS, [document("A", **changed)]).batch_id)
    return found


def test_a_broken_rule_about_one_column_names_it_and_the_value_as_it_came(hub: Hub) -> None:
    assert refused(strict(hub), organid=f" {UNKNOWN_ORGANISATION} ") == [
        ("organisation_code:pattern", "organisation_code", f" {UNKNOWN_ORGANISATION} ")
    ]


def test_every_column_that_cannot_be_read_is_named_with_its_value(hub: Hub) -> None:
    assert refused(hub, secret="?", promulgationdate="2023-02-31T08:00:00") == [
        ("issued_at:required", "issued_at", "2023-02-31T08:00:00"),
        ("secret:required", "secret", "?"),
        ("types", "issued_at", "2023-02-31T08:00:00"),
        ("types", "secret", "?"),
    ]


@pytest.mark.parametrize("absent", [None, "", "  "])
def test_what_is_missing_is_kept_as_it_came(hub: Hub, absent: str | None) -> None:
    assert refused(hub, secret=absent) == [("secret:required", "secret", absent)]


def test_a_field_that_did_not_come_has_no_value(hub: Hub) -> None:
    incomplete = document("B")
    del incomplete["secret"]
    hub.take(*DOCUMENTS, [document("A"), incomplete])
    assert offences(hub) == [[("secret:required", "secret", None)]]


@pytest.mark.parametrize("given", [7, 2.5, 10**250])
def test_a_number_where_yes_or_no_belongs_stays_a_number(hub: Hub, given: float) -> None:
    [(_, _, value), _] = refused(hub, secret=given)
    assert value == (given if given < 10**200 else "1" + 199 * "0")


@pytest.mark.parametrize("given", [{"name": PERSON}, [PERSON]])
def test_an_object_or_list_is_told_as_such_without_its_content(hub: Hub, given: Any) -> None:
    assert ("types", "secret", "(object or list)") in refused(hub, secret=given)


def test_moments_of_the_future_are_named(hub: Hub) -> None:
    assert refused(hub, promulgationdate=SOON, signed_at=LATER) == [
        ("clock", "issued_at", SOON),
        ("clock", "signed_at", LATER),
    ]


def test_a_moment_that_has_come_since_it_was_judged_is_named_all_the_same(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Afterwards(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=9)

    monkeypatch.setattr("pipeline.quarantine.datetime", Afterwards)
    assert refused(hub, promulgationdate=SOON) == [("clock", "issued_at", SOON)]


def test_texts_that_are_too_long_are_named_and_their_values_cut(hub: Hub) -> None:
    assert refused(hub, urgency="đ" * 501, steeringtype="b" * 700) == [
        ("lengths", "steering_type", "b" * 200),
        ("lengths", "urgency", "đ" * 200),
    ]


def test_records_that_contradict_each_other_name_their_key(hub: Hub) -> None:
    hub.take(*DOCUMENTS, [document("A", content="a"), document("A", content="b"), document("B")])
    assert offences(hub) == [[("keys:unique", "document_code", "A")]] * 2


def test_a_key_of_several_columns_is_named_as_a_whole(hub: Hub) -> None:
    stations(hub, *(station(f"S{n}") for n in range(60)), station("S1", area="05977"), submission=1)
    [first, second] = offences(hub)
    assert first == second
    [(rule, column, value)] = first
    assert (rule, "site_code" in column.split(", ")) == ("keys:unique", True)
    assert "S1" in value.split("|")
    assert len(column.split(", ")) == len(value.split("|"))


def test_an_order_that_is_reversed_names_both_columns(hub: Hub) -> None:
    given = {
        "work_id": "W",
        "organid": "000.00.11.H37",
        "tier": "tinh",
        "secret": False,
        "handled_online": True,
        "opened_at": "2023-02-27T08:00:00",
        "closed_at": "2023-02-26T08:00:00",
        "updated_at": "2023-02-27T09:00:00",
    }
    hub.take(*WORK_FILES, [given])
    assert offences(hub) == [
        [
            ("closed_at:not_before_opened_at", "closed_at", "2023-02-26T08:00:00"),
            ("closed_at:not_before_opened_at", "opened_at", "2023-02-27T08:00:00"),
        ]
    ]


def test_each_record_of_many_pages_has_its_own_offences(hub: Hub) -> None:
    given = [document(f"D{n}") | ({"secret": f"?{n}"} if n % 3 == 0 else {}) for n in range(10)]
    hub.take(*DOCUMENTS, given, per_page=2)
    assert [found[-1] for found in offences(hub)] == [("types", "secret", f"?{n}") for n in (0, 3, 6, 9)]


def test_what_a_replay_refuses_again_has_its_offences_there_too(hub: Hub) -> None:
    strict(hub)
    others = [document("B", organid=UNKNOWN_ORGANISATION), document("C", secret="?")]
    first = hub.take(*DOCUMENTS, [document("A"), *others]).batch_id
    accept(hub, UNKNOWN_ORGANISATION)
    assert offences(hub, hub.replay(first).batch_id) == offences(hub, first)[1:]


def personal(hub: Hub, before: str, after: str, source: str = "ioffice") -> Hub:
    """The hub, one line of a source's specification changed."""
    folder: Path = hub.settings.state / "personal"
    folder.mkdir(parents=True)
    text = (SOURCES / f"{source}.toml").read_text("utf-8")
    assert before in text
    (folder / f"{source}.toml").write_text(text.replace(before, after), "utf-8")
    hub.settings = hub.settings.model_copy(update={"sources": folder})
    return hub


URGENCY = 'urgency = { wire = "urgency", label = "Độ khẩn" }'
CODE = 'document_code = { wire = "document_id", key = true'


@pytest.mark.parametrize(
    ("column", "given", "rules"),
    [
        ('personal = "hmac", required = true', "", ["urgency:required"]),
        ('personal = "hmac", required = true', None, ["urgency:required"]),
        ('personal = "hmac", required = true', {"name": PERSON}, ["types", "urgency:required"]),
        ('personal = "hmac", pattern = "^$"', PERSON, ["urgency:pattern"]),
        ('personal = "hmac", codes = { a = "A" }, pattern = "A"', PERSON, ["urgency:pattern"]),
    ],
)
def test_of_a_personal_field_the_column_is_named_and_nothing_else(
    hub: Hub, column: str, given: Any, rules: list[str]
) -> None:
    personal(hub, URGENCY, f'urgency = {{ wire = "urgency", {column}, label = "Người" }}')
    assert refused(hub, urgency=given) == [(rule, "urgency", None) for rule in rules]


def test_a_personal_key_is_not_named(hub: Hub) -> None:
    personal(hub, CODE, CODE.replace("key", 'personal = "hmac", key'))
    hub.take(*DOCUMENTS, [document(PERSON, content="a"), document(PERSON, content="b")])
    assert offences(hub) == [[("keys:unique", "document_code", None)]] * 2


def test_of_a_key_that_is_personal_in_part_only_the_other_part_is_named(hub: Hub) -> None:
    site = 'site_code = { wire = "ma_vi_tri", '
    personal(hub, site, site + 'personal = "hmac", ', "telecom")
    stations(hub, station(PERSON), station(PERSON, area="05977"), submission=1)
    assert (
        offences(hub)
        == [[("keys:unique", "month_end_day, operator_code, site_code, technology", "2023-02|VNPT|4G")]] * 2
    )
