"""An erased code stands nowhere any more; no figure changes for it, and the evidence still holds."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import zstandard

from hub.errors import Abort, Retry
from hub.periods import Period
from kpis.notes import write_note
from pipeline import erasure
from tests.pipeline.hub import Hub
from tests.pipeline.versions import document
from warehouse import ledger
from warehouse.database import connect
from warehouse.landing import Landing
from warehouse.serving import find_province, province_area

DOCUMENTS = ("ioffice", "documents")
CODE = "VB-2023/000.17"
OTHERS = [document(f"VB-2023/{number}") for number in range(5)]


def stands_in(hub: Hub, code: str) -> list[str]:
    """Tables and files that hold the text."""
    found = []
    for schema, table in hub.rows(
        "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
    ):
        if hub.one(f'select count(*) from "{schema}"."{table}" t where position(%s in t::text) > 0', code):
            found.append(f"{schema}.{table}")
    unpack = zstandard.ZstdDecompressor().decompress
    files = [file for file in Path(hub.settings.landing_address).rglob("*") if file.is_file()]
    found += [file.name for file in files if code.encode() in unpack(file.read_bytes())]
    return found


def figures(hub: Hub) -> list[tuple[object, ...]]:
    hub.refresh()
    return hub.rows(
        "select kpi_id, first_day, last_day, area_id, breakdown, value, numerator, denominator from kpi.observation"
        " order by 1, 2, 3, 4, 5, revision"
    )


def erase(hub: Hub, code: str = CODE) -> erasure.Erasure:
    return erasure.erase(hub.installation, code, "Yêu cầu của chủ thể dữ liệu")


@pytest.fixture
def delivered(hub: Hub) -> Hub:
    """A document in two versions among others."""
    hub.take(*DOCUMENTS, [*OTHERS, document(CODE)])
    hub.take(*DOCUMENTS, [document(CODE, 2, "b"), document("Z")])
    return hub


def test_an_erased_code_stands_nowhere_and_no_figure_changes(delivered: Hub) -> None:
    before = figures(delivered)
    assert len(stands_in(delivered, CODE)) >= 4  # the fact, the seals and two pages
    found = erase(delivered)
    assert [(use.fact, use.rows, use.refused) for use in found.uses] == [("fact_document", 1, 0)]
    assert (found.pages, found.parts) == (2, 2)
    assert stands_in(delivered, CODE) == []
    assert figures(delivered) == before
    assert delivered.verify().findings == []
    assert delivered.verify().redacted_parts == 2


def test_a_note_that_names_the_code_is_withdrawn_without_its_text(delivered: Hub) -> None:
    with connect(delivered.url, "owner") as owner:
        own = find_province(owner, "H37")
        area = province_area(owner, own, date(2023, 6, 1))
        assert area is not None
        day = Period(date(2023, 6, 1), date(2023, 6, 1))
        for text in (f"Văn bản {CODE.lower()} bị ghi trùng", "Hệ thống dừng một ngày"):
            write_note(owner, own, "signed_document_rate", area.area_id, day, text)
    assert erase(delivered).notes == 1
    assert stands_in(delivered, CODE.lower()) == []
    assert delivered.rows("select text from serving.kpi_notes order by 1 nulls last") == [
        ("Hệ thống dừng một ngày",),
        (None,),
    ]


def test_what_the_source_delivers_again_is_the_same_record_without_its_code(delivered: Hub) -> None:
    before = figures(delivered)
    erase(delivered)
    again = delivered.take(*DOCUMENTS, [document(CODE, 2, "b"), document("Z")])
    assert (again.account.loaded, again.account.unchanged) == (0, 2)
    newer = delivered.take(*DOCUMENTS, [document(f" {CODE} ", 3, "c")])
    assert (newer.account.loaded, newer.account.quarantined) == (1, 0)
    assert stands_in(delivered, CODE) == []
    assert [row[:5] for row in figures(delivered)] == [row[:5] for row in before]
    assert delivered.one("select count(*) from warehouse.fact_document where document_code like 'erased-%%'") == 1
    assert delivered.verify().findings == []


def test_a_refused_record_of_the_code_keeps_its_rule_only(hub: Hub) -> None:
    refused = hub.take(*DOCUMENTS, [document(CODE, promulgationdate="2023-02-31T08:00:00"), document("1")])
    found = erase(hub)
    assert [(use.rows, use.refused) for use in found.uses] == [(0, 1)]
    assert stands_in(hub, CODE) == []
    rules, record, fact_row, offences = hub.rows("select rules, record, fact_row, offences from quality.quarantine")[0]
    assert rules
    assert (record, fact_row) == (None, None)
    assert all(set(offence) == {"rule", "column"} for offence in offences)
    assert hub.one("select quarantined from ledger.batch") == 1
    assert hub.verify().findings == []
    with pytest.raises(Abort, match="no quarantined record"):
        hub.replay(refused.batch_id)


def test_two_codes_of_one_page_are_erased_one_after_the_other(delivered: Hub) -> None:
    erase(delivered)
    erase(delivered, "VB-2023/3")
    assert stands_in(delivered, CODE) == stands_in(delivered, "VB-2023/3") == []
    assert stands_in(delivered, "VB-2023/4")
    assert delivered.verify().findings == []


def test_the_trail_proves_the_erasure_to_who_knows_the_code_and_the_salt_alone(delivered: Hub) -> None:
    found = erase(delivered)
    act, subject, body = delivered.rows(
        "select act, subject, body from ledger.entry where entry_id = %s", found.entry_id
    )[0]
    assert (act, subject) == ("deletion", f"record/{found.commitment}")
    assert CODE not in body
    assert found.salt not in body


def test_an_erasure_that_was_broken_off_after_its_commit_is_finished_by_the_next(
    delivered: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Landing, "delete", lambda *_: pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception):
            erase(delivered)
    assert len(stands_in(delivered, CODE)) == 2
    assert delivered.verify().counts.total() == 2
    erase(delivered, "Z")
    assert stands_in(delivered, CODE) == []
    assert delivered.verify().findings == []


def test_a_second_code_of_a_page_is_gone_though_its_erasure_was_broken_off_after_its_commit(
    delivered: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase(delivered)
    with monkeypatch.context() as patch:
        patch.setattr(Landing, "delete", lambda *_: pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception):
            erase(delivered, "VB-2023/4")  # on the page on which CODE was
    assert len(stands_in(delivered, "VB-2023/4")) == 1
    erase(delivered, "Z")
    assert stands_in(delivered, "VB-2023/4") == []
    assert delivered.verify().findings == []


def test_a_page_that_came_again_after_an_erasure_stays_when_another_code_of_it_is_erased(delivered: Hub) -> None:
    erase(delivered)
    delivered.take(*DOCUMENTS, [OTHERS[4], document(CODE)])  # as the page that was written again
    erase(delivered, "VB-2023/4")
    assert stands_in(delivered, "VB-2023/4") == []
    assert delivered.verify().findings == []


def test_a_code_that_no_record_bears_changes_nothing(delivered: Hub) -> None:
    before = delivered.checksums()
    with pytest.raises(Abort, match="No record of a person bears the code"):
        erase(delivered, "VB-2023")
    assert delivered.checksums() == before
    assert delivered.one("select count(*) from ledger.erased_code") == 0


@pytest.fixture
def loading(delivered: Hub) -> Iterator[None]:
    with connect(delivered.url, "loader") as main, connect(delivered.url, "loader") as guard:
        province = delivered.one("select province_id from warehouse.dim_province limit 1")
        with ledger.claim(main, guard, province, *DOCUMENTS):
            yield


@pytest.mark.usefixtures("loading")
def test_a_feed_that_is_being_loaded_is_waited_for(delivered: Hub) -> None:
    with pytest.raises(Retry, match="is being loaded by another run"):
        erase(delivered)
    assert stands_in(delivered, CODE)


@pytest.mark.parametrize(
    "change",
    [
        "update ledger.redacted_part set sealed_sha256 = sha256('x')",
        "update ledger.redacted_part set redacted_sha256 = sha256('x')",
        "delete from ledger.redacted_part",
        "update ledger.seal_part set keys = array_replace(keys, keys[1], '(1,x)')"
        " where part_id = (select min(part_id) from ledger.redacted_part)",
        "delete from ledger.erased_code",
        "update landing.replaced_page set replacement_sha256 = landed_sha256",
    ],
)
def test_a_change_of_what_an_erasure_has_left_is_found(delivered: Hub, change: str) -> None:
    erase(delivered)
    delivered.change(change.replace("%", "%%"))
    assert not delivered.verify().sound
