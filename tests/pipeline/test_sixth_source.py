"""A source that feeds an existing fact is added by one file and shown by one recorded sample; there is no Python."""

import json
from pathlib import Path

import pytest

from connectors.source_files import load_sources
from hub.errors import Abort
from tests.connectors import specs
from tests.connectors.stub import Asked, Reply, says, stub
from tests.pipeline.conftest import NewHub

SAMPLE = """{"ma_loi": 0, "trang": {"tong": 4, "tiep": null}, "du_lieu": [
 {"ma": "LT-1", "don_vi": "000.00.11.H37", "ban_hanh": "2023-02-27T08:00:00", "mat": false, "ky_so": true,
  "nguoi_ky": "Nguyễn Zzyvan", "trich_yeu": "V/v nâng lương (Zzytrich 1)", "cap_nhat": "2023-02-27T09:00:00"},
 {"ma": "LT-2", "don_vi": "000.00.11.H37", "ban_hanh": "2023-02-27T08:30:00", "mat": "0", "ky_so": "1",
  "nguoi_ky": "Nguyễn Zzyvan", "trich_yeu": "", "cap_nhat": "2023-02-27T09:30:00"},
 {"ma": "LT-1", "don_vi": "000.00.11.H37", "ban_hanh": "2023-02-27T08:00:00", "mat": false, "ky_so": false,
  "nguoi_ky": null, "trich_yeu": "V/v nâng lương (Zzytrich 1)", "cap_nhat": "2023-02-27T10:00:00"},
 {"ma": "LT-3", "don_vi": "ai do", "ban_hanh": "2023-02-27T08:00:00", "mat": false, "ky_so": true,
  "nguoi_ky": null, "trich_yeu": "", "cap_nhat": "2023-02-27T09:00:00"}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What an installation adds: a specification and a sample."""
    (tmp_path / "sources").mkdir()
    specs.write(tmp_path / "sources")
    (tmp_path / "sample.json").write_text(SAMPLE, encoding="utf-8")
    return tmp_path


def test_one_file_and_one_sample_make_a_source(folder: Path, new_hub: NewHub) -> None:
    sample = (folder / "sample.json").read_bytes()

    def answer(asked: Asked) -> Reply:
        return Reply(sample) if asked.path == "/luutru/v1/van-ban" else says({}, 404)

    with stub(answer) as there:
        hub = new_hub(sources=folder / "sources", gateway_url=there.url)
        first = hub.run("archive", "papers")
        second = hub.run("archive", "papers")
    account = first.account
    assert (account.declared, account.fetched, account.loaded) == (4, 4, 3)
    assert (account.superseded, account.quarantined) == (1, 0)
    assert (second.account.loaded, second.account.unchanged) == (0, 3)
    facts = hub.rows(
        "select f.document_code, o.code, f.secret, f.signed, f.issued_day::text from warehouse.fact_document f"
        " join warehouse.dim_organisation o using (organisation_id) where not o.is_inferred order by 1"
    )
    assert facts == [
        ("LT-1", "000.00.11.H37", False, False, "2023-02-27"),
        ("LT-2", "000.00.11.H37", False, True, "2023-02-27"),
    ]
    ran = {rule for (rule,) in hub.rows("select rule_id from quality.rule_result where executed and batch_id = 1")}
    assert {"types", "document_code:required", "keys:unique", "organisation_code:known", "missing_records"} <= ran
    assert hub.rows(
        "select f.document_code from warehouse.fact_document f join warehouse.dim_organisation o"
        " using (organisation_id) where o.is_inferred"
    ) == [("LT-3",)]
    assert hub.batches("source", "feed", "status") == [("archive", "papers", "published")] * 2
    assert "Zzy" not in json.dumps(hub.rows("select record from quality.quarantine"))


def test_an_added_source_does_not_hide_the_hubs_own(folder: Path, new_hub: NewHub) -> None:
    hub = new_hub(sources=folder / "sources")
    assert hub.run("ecommerce", "platforms").status == "published"
    known = ", ".join(sorted(["archive", *load_sources()]))
    with pytest.raises(Abort, match=rf"There is no source 'archives'; there are {known}"):
        hub.run("archives", "papers")


def test_a_source_that_does_not_fit_is_told_before_anything_is_done(folder: Path, new_hub: NewHub) -> None:
    specs.write(folder / "sources", specs.ARCHIVE.replace("secret =", "confidential ="))
    hub = new_hub(sources=folder / "sources")
    with pytest.raises(Abort, match=r"archive\.papers\.columns\.confidential: fact_document has no such column"):
        hub.run("archive", "papers")
    assert hub.batches("batch_id") == []
