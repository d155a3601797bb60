"""A preview says of a slice what a load makes of it, shows nothing personal, and leaves nothing behind."""

import hashlib
import json
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.slices import Slice
from connectors.source_files import find_source, load_source
from connectors.specification import Source
from gateway.people import leaks
from hub.errors import Abort, HubError, Retry
from hub.installation import Installation
from pipeline.preview import Preview, preview
from pipeline.preview_records import MOST
from tests.connectors import specs
from tests.connectors.simulated import LAST, Simulated
from tests.connectors.stub import Asked, Reply, says, stub
from tests.installation import LANG_SON
from tests.pipeline.hub import FEEDS, Hub

DAYS = Slice(date(2023, 2, 27), LAST)
PEOPLE = (
    "Nguyễn Thị Bích Hằng",
    "0912345678",
    "020080012345",
    "hang.nguyen@example.vn",
    "Số 5 ngõ 3, phường Tam Thanh, tp Lạng Sơn",
)


def said(found: Preview) -> str:
    """All that is told of it."""
    return repr(found) + "".join(line.en + line.vi for line in found.verdict.broken)


@pytest.mark.parametrize(("source", "feed"), FEEDS)
def test_a_slice_is_judged_as_a_load_judges_it(loaded: Hub, source: str, feed: str) -> None:
    batch_id, first, last, fetched, quarantined, repeated = loaded.rows(
        "select batch_id, first_day, last_day, fetched, quarantined, repeated from ledger.batch"
        " where source = %s and feed = %s and status = 'published' order by last_day desc, batch_id limit 1",
        source,
        feed,
    )[0]
    settings = loaded.settings.model_copy(update={"installation": LANG_SON.settings.installation})
    found = preview(Installation(settings), find_source(source), feed, Slice(first, last), most=MOST)
    assert not found.is_excerpt
    assert (found.fetched, found.refused, found.repeated) == (fetched, quarantined, repeated)
    results = loaded.rows(
        "select rule_id, coalesce(observed, failed || ' rows') from quality.rule_result"
        " where batch_id = %s and not passed and rule_id <> all(%s)",
        batch_id,
        list(found.not_judged),
    )
    broken = {line.en.split(" (")[0] for line in found.verdict.broken}
    assert broken == {f"{rule_id}: {observed}".split(" (")[0] for rule_id, observed in results}
    assert leaks(said(found)) == []
    assert found.misfit is None


def test_a_preview_leaves_nothing_behind(hub: Hub, gateway: Simulated) -> None:
    counted = "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables"
    before = hub.rows(counted), sorted(hub.settings.state.rglob("*"))
    preview(hub.installation, find_source("ioffice"), "documents", DAYS)
    assert (hub.rows(counted), sorted(hub.settings.state.rglob("*"))) == before
    assert hub.rows("select count(*) from pg_class where relnamespace = 'staging'::regnamespace") == [(0,)]


def test_no_database_is_asked(hub: Hub) -> None:
    settings = hub.settings.model_copy(update={"warehouse_url": "postgresql+psycopg://nobody@127.0.0.1:9/none"})
    assert preview(Installation(settings), find_source("press"), "articles", DAYS).fetched > 0


def test_of_many_records_the_first_are_read_and_judged(hub: Hub) -> None:
    days = Slice(date(2023, 2, 1), LAST)
    started = time.process_time()
    found = preview(hub.installation, find_source("dvc"), "dossiers", days)
    assert time.process_time() - started < 8, "of work, so that it takes less than ten seconds on a quiet machine"
    assert (found.is_excerpt, found.fetched) == (True, 1000)
    assert found.total is not None
    assert found.total > 1000
    assert "missing_records" in found.not_judged, "nobody asked for the others"
    assert not found.is_blocked


@pytest.fixture
def archive(tmp_path: Path) -> Source:
    """A source that is in no installation."""
    return load_source(specs.write(tmp_path))


def paper(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "ma": f"VB-{number}",
        "don_vi": "000.00.11.H37",
        "ban_hanh": "2023-02-27T08:00:00",
        "mat": False,
        "ky_so": True,
        "nguoi_ky": PEOPLE[0],
        "trich_yeu": f"Đơn của {PEOPLE[0]}",
        "cap_nhat": "2023-02-27T09:00:00",
        **changed,
    }


def answer(folder: Path, papers: list[Any], total: int | None = None, name: str = "1.json", **more: Any) -> Path:
    page = {"ma_loi": 0, "du_lieu": papers, "trang": {"tong": len(papers) if total is None else total, "tiep": None}}
    path = folder / name
    path.write_text(json.dumps({**page, **more}, ensure_ascii=False), "utf-8")
    return path


def seen(source: Source, *samples: Path, **options: Any) -> Preview:
    return preview(LANG_SON.for_province(), source, "papers", DAYS, samples, **options)


def test_recorded_answers_are_read_as_the_wire_is(archive: Source, tmp_path: Path) -> None:
    pages = [answer(tmp_path, [paper(n), paper(n + 1)], 4, f"{n}.json") for n in (1, 3)]
    found = seen(archive, *pages)
    assert (found.fetched, found.refused, found.declared, found.is_excerpt) == (4, 0, 4, False)
    assert not found.is_blocked
    only_one = seen(archive, pages[0])
    assert (only_one.fetched, only_one.total, only_one.is_excerpt) == (2, 4, True)
    assert not only_one.is_blocked


def test_what_would_be_refused_is_told_with_the_rule_and_an_example(archive: Source, tmp_path: Path) -> None:
    bad = [paper(1, ban_hanh="2023-02-30T08:00:00"), paper(2, mat="?"), paper(3, mat="?"), paper(4, ma="")]
    found = seen(archive, answer(tmp_path, [*bad, *(paper(n) for n in range(5, 60))]))
    told = {(one.rule_id, one.column): (one.records, one.row, one.value) for one in found.broken}
    assert told["types", "issued_at"] == (1, 1, "2023-02-30T08:00:00")
    assert told["types", "secret"] == (2, 2, "?")
    assert told["document_code:required", "document_code"] == (1, 4, "")
    assert (found.fetched, found.refused) == (59, 4)


def test_two_records_that_contradict_each_other_are_refused(archive: Source, tmp_path: Path) -> None:
    found = seen(archive, answer(tmp_path, [paper(1), paper(1, ky_so=False), paper(2), paper(2)]))
    assert (found.repeated, found.fetched, found.refused) == (1, 3, 2)
    [conflict] = found.broken
    assert (conflict.rule_id, conflict.records, conflict.value) == ("keys:unique", 2, "VB-1")


def test_codes_that_nobody_declared_are_told(archive: Source, tmp_path: Path) -> None:
    found = seen(archive, answer(tmp_path, [paper(1), paper(2, don_vi="000.00.99.H37")]))
    assert [(one.column, one.code, one.records) for one in found.undeclared] == [
        ("organisation_code", "000.00.99.H37", 1)
    ]


def test_the_share_of_empty_values_is_told_by_column(archive: Source, tmp_path: Path) -> None:
    found = seen(archive, answer(tmp_path, [paper(1), paper(2, don_vi=None), paper(3, don_vi=" ")]))
    assert {one.column: one.empty for one in found.columns}["organisation_code"] == 2


def test_personal_fields_that_are_not_marked_are_pointed_out_and_shown_to_nobody(
    archive: Source, tmp_path: Path
) -> None:
    text = specs.ARCHIVE.replace('personal = "hmac", fact = false', 'label = "Người ký", fact = false')
    text = text.replace('subject = { wire = "trich_yeu", personal = "drop" }', "")
    text += 'note = { wire = "khac", label = "Khác", fact = false }\n'
    unmarked = load_source(specs.write(tmp_path, text, "unmarked"))
    name, telephone, identity, email, address = PEOPLE
    more = {"sdt": telephone, "giay_to": identity, "lien_he": {"thu": email, "noi": address}, name: "1"}
    papers = [paper(n, khac=f"gọi {telephone}", **more) for n in range(30)]
    papers[0] |= {"nguoi_ky": [name], "mat": name, "don_vi": telephone}
    found = seen(unmarked, answer(tmp_path, papers))
    kept = {one.column: one.personal.kind for one in found.columns if one.personal}
    assert kept == {"signer": "name", "note": "telephone", "organisation_code": "telephone"}
    unread = {one.field: one.personal and one.personal.kind for one in found.unread}
    assert unread == {
        "trich_yeu": "free_text",
        "sdt": "telephone",
        "giay_to": "identity_number",
        "lien_he.thu": "email",
        "lien_he.noi": "address",
        "•••": None,
    }
    for person in PEOPLE:
        assert person not in said(found)


@pytest.mark.parametrize("codes", ['known = "organisation"', 'codes = { A = "a" }'])
def test_a_field_that_is_called_a_persons_is_shown_to_nobody_though_it_is_said_to_hold_codes(
    tmp_path: Path, codes: str
) -> None:
    text = specs.ARCHIVE.replace('personal = "hmac"', f'{codes}, label = "Người ký"')
    found = seen(load_source(specs.write(tmp_path, text)), answer(tmp_path, [paper(1)]))
    [signer] = [one for one in found.columns if one.column == "signer"]
    assert (signer.personal and signer.personal.kind, signer.values) == ("name", ["•••"])
    assert PEOPLE[0] not in said(found)


def test_codes_that_look_like_names_are_shown(tmp_path: Path) -> None:
    text = specs.ARCHIVE.replace("required = true, known", 'required = true, codes = { "Hà Văn Lý" = "hvl" }, known')
    found = seen(load_source(specs.write(tmp_path, text)), answer(tmp_path, [paper(1, don_vi="Hà Văn Lý")]))
    assert {one.column: (one.personal, one.values) for one in found.columns}["organisation_code"] == (None, ["hvl"])


def test_a_field_that_the_feed_leaves_to_others_is_not_told_as_one_that_nobody_takes(tmp_path: Path) -> None:
    left = specs.write(
        tmp_path,
        specs.ARCHIVE.replace('version = "updated_at"', 'version = "updated_at"\nunread = ["khac"]', 1),
        "left",
    )
    found = seen(load_source(left), answer(tmp_path, [paper(1, khac="1", la="1")]))
    assert [one.field for one in found.unread] == ["la"]


def test_a_masked_value_stays_so_where_it_breaks_a_rule_or_is_no_code(archive: Source, tmp_path: Path) -> None:
    papers = [paper(n, don_vi=PEOPLE[0], mat=PEOPLE[1], ma=f"{PEOPLE[2]}") for n in range(3)]
    found = seen(archive, answer(tmp_path, [*papers, paper(9, trang_thai=PEOPLE[3])]))
    assert found.broken
    assert found.undeclared
    for person in PEOPLE:
        assert person not in said(found)


def test_hashes_of_persons_are_not_shown(archive: Source, tmp_path: Path) -> None:
    found = seen(archive, answer(tmp_path, [paper(1)]))
    assert {one.column: one.values for one in found.columns}["signer"] == ["•••"]
    assert not re.search(r"[0-9a-f]{64}", said(found))


def test_a_draft_that_fits_no_fact_is_shown_all_the_same(archive: Source, tmp_path: Path) -> None:
    text = specs.ARCHIVE + 'pages_count = { wire = "so_trang", type = "integer", label = "Số trang" }\n'
    found = seen(load_source(specs.write(tmp_path, text, "draft")), answer(tmp_path, [paper(1, so_trang=3)]))
    assert found.is_blocked
    assert found.misfit is not None
    assert "pages_count" in found.misfit.en
    assert found.verdict.passed


def test_a_fact_that_there_is_not_is_said(tmp_path: Path) -> None:
    text = specs.ARCHIVE.replace("fact_document", "fact_paper")
    with pytest.raises(Abort, match="fact_paper"):
        seen(load_source(specs.write(tmp_path, text)), answer(tmp_path, [paper(1)]))


def test_a_file_is_shown_without_the_list_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "thue_bao.csv"
    lines = ["ky;ma_dia_ban;loai;smartphone;so_thue_bao", "2023-02;05971;di_dong;1;401", "2023-02;05974;di_dong;1;-3"]
    file.write_text("\n".join(lines), "utf-8")
    found = preview(LANG_SON.for_province(), find_source("telecom"), "subscribers", DAYS, [file], are_days_known=False)
    assert (found.fetched, found.refused) == (2, 1)
    assert {"operator_code", "submission"} <= set(found.not_judged)


def test_a_file_is_shown_with_the_list_that_names_it(tmp_path: Path) -> None:
    text = b"ky;ma_dia_ban;loai;smartphone;so_thue_bao\n2023-02;05971;di_dong;1;401\n"
    (tmp_path / "2.csv").write_bytes(text)
    entry = {
        "loai": "thue_bao",
        "lan_nop": 1,
        "doanh_nghiep": "VNPT",
        "duong_dan": "/tep/1.csv",
        "kich_thuoc": len(text),
    }
    (tmp_path / "1.json").write_text(json.dumps([{**entry, "sha256": hashlib.sha256(text).hexdigest()}]), "utf-8")
    samples = [tmp_path / "1.json", tmp_path / "2.csv"]
    telecom = find_source("telecom")
    found = preview(LANG_SON.for_province(), telecom, "subscribers", Slice(date(2023, 2, 1), LAST), samples)
    assert (found.fetched, found.refused, found.is_blocked) == (1, 0, False)
    assert {one.column: one.values for one in found.columns}["operator_code"] == ["vnpt"]
    with pytest.raises(Abort, match="more files than were given"):
        preview(LANG_SON.for_province(), telecom, "subscribers", DAYS, samples[:1])


def test_no_records_are_none(archive: Source, tmp_path: Path) -> None:
    found = seen(archive, answer(tmp_path, []))
    assert (found.fetched, found.is_blocked) == (0, True)
    assert [one.values for one in found.columns if one.column == "signed"] == [[]]


HOSTILE: dict[str, bytes] = {
    "binary": bytes(range(256)) * 100,
    "one word": b"xin chao",
    "cut off": b'{"ma_loi": 0, "du_lieu": [{"ma"',
    "deep": b'{"ma_loi": 0, "du_lieu": [' + b'{"ma":' * 100_000,
    "no list": b'{"ma_loi": 0, "du_lieu": "x"}',
    "error": b'{"ma_loi": 7}',
    "person instead of a total": f'{{"ma_loi": 0, "du_lieu": [], "trang": {{"tong": "{PEOPLE[0]}"}}}}'.encode(),
    "person instead of a code": f'{{"ma_loi": "{PEOPLE[0]}"}}'.encode(),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_answer_ends_in_one_line(archive: Source, tmp_path: Path, kind: str) -> None:
    (tmp_path / "1.json").write_bytes(HOSTILE[kind])
    with pytest.raises(HubError) as error:
        seen(archive, tmp_path / "1.json")
    assert "\n" not in str(error.value)
    assert PEOPLE[0] not in str(error.value)


def test_records_of_any_shape_are_refused_and_not_shown(archive: Source, tmp_path: Path) -> None:
    odd: list[Any] = [
        1,
        None,
        [],
        {},
        {"ma": {"x": PEOPLE[0]}},
        {"ma": [[PEOPLE[0]]] * 9},
        {"ma": "A" * 30_000},
        {"ma": 1e400},
    ]
    found = seen(archive, answer(tmp_path, [*odd, paper(1)]))
    assert found.fetched == len(odd) + 1
    assert found.refused == len(odd)
    assert PEOPLE[0] not in said(found)


def test_a_huge_answer_is_cut(archive: Source, tmp_path: Path) -> None:
    found = seen(archive, answer(tmp_path, [paper(n) for n in range(20_000)]))
    assert (found.fetched, found.total, found.is_excerpt) == (1000, 20_000, True)


def test_a_slow_source_is_not_waited_for(archive: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.preview._PATIENCE", 0.3)

    def slow(asked: Asked) -> Reply:
        time.sleep(0.2)
        number = int(asked.query.get("sau", "0"))
        links = {"tong": 500, "tiep": f"/luutru/v1/van-ban?sau={number + 1}"}
        return says({"ma_loi": 0, "du_lieu": [paper(number)], "trang": links})

    with stub(slow) as there:
        settings = LANG_SON.settings.model_copy(update={"gateway_url": there.url, "client_id": "hub"})
        found = preview(Installation(settings), archive, "papers", DAYS)
    assert found.is_excerpt
    assert found.fetched == len(there.asked) < 5


def test_a_gateway_that_refuses_is_said(archive: Source) -> None:
    with stub(lambda _: says({"ma_loi": 2})) as there:
        settings = LANG_SON.settings.model_copy(update={"gateway_url": there.url, "client_id": "hub"})
        with pytest.raises(Retry, match="ma_loi 2"):
            preview(Installation(settings), archive, "papers", DAYS)


def test_values_whose_days_overlap_are_refused_as_a_load_refuses_them(hub: Hub, tmp_path: Path) -> None:
    days = Slice(date(2023, 2, 1), LAST)
    spans = [("01", "10"), ("05", "20"), ("21", "21"), ("22", "28")]
    records = [
        {"ma_chi_so": "servers", "tu": f"2023-02-{first}", "den": f"2023-02-{last}", "gia_tri": 5}
        for first, last in spans
    ]
    loaded = hub.take("data_centre", "statistics", records, days=(days.first, days.last))
    page = {"he_thong": "data_centre", "tinh": "20", "ky": "2023-02", "tong_so": 4, "du_lieu": records}
    (tmp_path / "1.json").write_text(json.dumps(page), "utf-8")
    data_centre = find_source("data_centre")
    found = preview(LANG_SON.for_province(), data_centre, "statistics", days, [tmp_path / "1.json"])
    assert (found.fetched, found.refused) == (4, loaded.account.quarantined) == (4, 2)
    assert [one.rule_id for one in found.broken] == ["days:apart"]
