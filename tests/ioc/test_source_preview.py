"""`ioc source preview` tells people and machines what a load would make of a source's first records."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from connectors.source_files import SOURCES
from gateway.people import leaks
from hub.errors import Abort
from hub.texts import UNREADABLE
from ioc import source
from ioc.output import Terminal
from tests.connectors import specs
from tests.connectors.simulated import NOW, Simulated, simulated
from tests.hostile import FORBIDDEN, HOSTILE, MARKUP, every_text
from tests.installation import FOLDER

DAYS = ("--from", "2023-02-27", "--to", "2023-02-28")


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_INSTALLATION", str(FOLDER))
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setenv("IOC_NOW", NOW)
    monkeypatch.setattr("ioc.output.out", Terminal(width=250))
    monkeypatch.setattr("ioc.source_preview.out", Terminal(width=250))


@pytest.fixture(scope="module")
def gateway() -> Iterator[Simulated]:
    with simulated() as there:
        yield there


def preview(file: Path, *options: str | Path) -> Result:
    return CliRunner().invoke(source.app, ["preview", str(file), *map(str, options)])


def answer(folder: Path, *papers: dict[str, Any], total: int | None = None) -> Path:
    path = folder / "1.json"
    trang = {"tong": len(papers) if total is None else total}
    path.write_text(json.dumps({"ma_loi": 0, "du_lieu": papers, "trang": trang}, ensure_ascii=False), "utf-8")
    return path


def paper(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "ma": f"VB-{number}",
        "don_vi": "000.00.11.H37",
        "ban_hanh": "2023-02-27T08:00:00",
        "mat": False,
        "ky_so": True,
        "nguoi_ky": "Nguyễn Thị Bích Hằng",
        "cap_nhat": "2023-02-27T09:00:00",
        **changed,
    }


def test_an_address_is_read_by_a_file_that_no_installation_has(
    gateway: Simulated, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("url", "client_id", "client_secret"):
        variable = "IOC_GATEWAY_URL" if name == "url" else f"IOC_{name.upper()}"
        monkeypatch.setenv(variable, str(getattr(gateway, name)))
    monkeypatch.setenv("IOC_HMAC_KEY", "5a" * 32)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/none")
    monkeypatch.setenv("IOC_STATE", str(tmp_path / "state"))
    draft = tmp_path / "mot_cua.toml"
    unmarked = '"ChuHoSo", label = "Chủ hồ sơ", fact = false }'
    text = (SOURCES / "dvc.toml").read_text("utf-8").replace('"ChuHoSo", personal = "drop" }', unmarked)
    draft.write_text(text, "utf-8")
    said = preview(draft, "--feed", "dossiers", *DAYS)
    assert said.exit_code == 0, said.output
    assert "first 1,000 of " in said.stdout
    assert "applicant_name (ChuHoSo) looks personal and would be kept" in said.stdout
    assert "•••" in said.stdout
    found = json.loads(preview(draft, "--feed", "dossiers", *DAYS, "--json").stdout)
    assert found["account"]["fetched"] == 1000
    assert found["account"]["accepted"] + found["account"]["refused"] == 1000
    assert (found["status"], found["excerpt"]) == ("published", True)
    assert leaks(said.output + json.dumps(found, ensure_ascii=False)) == []
    assert not (tmp_path / "state").exists(), "nothing is written anywhere"


def test_a_slice_that_would_be_blocked_ends_in_3(tmp_path: Path) -> None:
    good = preview(specs.write(tmp_path), "--sample", answer(tmp_path, paper(1), paper(2)), *DAYS)
    assert good.exit_code == 0, good.output
    assert "✓ It would be published" in good.stdout
    bad = preview(specs.write(tmp_path), "--sample", answer(tmp_path, paper(1, mat="?"), paper(2, mat="?")), *DAYS)
    assert bad.exit_code == 3
    assert "✗ It would be blocked" in bad.stdout
    assert "rejected_share: 2/2" in bad.stdout


def test_each_rule_is_shown_with_an_example(tmp_path: Path) -> None:
    papers = [paper(n) for n in range(60)]
    papers[7]["ban_hanh"] = "2023-02-30T08:00:00"
    said = preview(specs.write(tmp_path), "--sample", answer(tmp_path, *papers), *DAYS, "--json")
    assert said.exit_code == 0
    [types] = [one for one in json.loads(said.stdout)["broken"] if one["rule_id"] == "types"]
    assert (types["column"], types["row"], types["value"], types["records"]) == (
        "issued_at",
        8,
        "2023-02-30T08:00:00",
        1,
    )


def test_nothing_personal_is_shown(tmp_path: Path) -> None:
    papers = [paper(n, trich_yeu="Đơn của bà Trần Thị Mai", la="0912345678") for n in range(9)]
    for options in ((), ("--json",)):
        said = preview(specs.write(tmp_path), "--sample", answer(tmp_path, *papers), *DAYS, *options)
        assert "la" in said.stdout
        for person in ("Bích Hằng", "Trần Thị Mai", "0912345678"):
            assert person not in said.output


def test_what_a_source_has_sent_is_inert(tmp_path: Path) -> None:
    papers = [paper(n, ma=f"VB{n}{HOSTILE}", la=HOSTILE, **{HOSTILE: 1}) for n in range(9)]
    sample = answer(tmp_path, *papers, paper(99, mat=HOSTILE))
    text = specs.write(tmp_path)
    shown = preview(text, "--sample", sample, *DAYS)
    assert not FORBIDDEN.search(shown.output)
    assert MARKUP[:5] in shown.stdout
    told = preview(text, "--sample", sample, *DAYS, "--json")
    assert not FORBIDDEN.search(told.output)
    assert f"VB0Ủy{UNREADABLE}" in every_text(json.loads(told.stdout))


def test_without_days_of_a_sample_nobody_says_that_its_days_are_others(tmp_path: Path) -> None:
    file = tmp_path / "1.json"
    row = {"ten_san": "voso", **dict.fromkeys(("so_san_pham", "so_giao_dich_thanh_cong", "so_don_hang"), 1)}
    body = {"tinh": "20", "ngay": "01/01/2022", "san": [{**row, "doanh_thu_vnd": 5}]}
    file.write_text(json.dumps(body), "utf-8")
    ecommerce = SOURCES / "ecommerce.toml"
    unknown = json.loads(preview(ecommerce, "--sample", file, "--json").stdout)
    assert unknown["status"] == "published"
    assert "other_period" in unknown["not_judged"]
    asked = preview(ecommerce, "--sample", file, *DAYS, "--json")
    assert asked.exit_code == 3
    assert any("other_period" in line for line in json.loads(asked.stdout)["broken_rules"])


def test_a_draft_says_what_is_still_to_be_filled_in(tmp_path: Path) -> None:
    text = specs.ARCHIVE.replace('title = "Kho lưu trữ văn bản"', 'title = "???"')
    said = preview(specs.write(tmp_path, text), "--sample", answer(tmp_path, paper(1)), *DAYS)
    assert said.exit_code == 0, said.output
    assert "Still to be filled in, line 2 (title)" in said.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--feed", "no"), "name one of the feeds"),
        (("--from", "2023-02-27"), "give both --from and --to"),
        (("--from", "2023-02-28", "--to", "2023-02-27"), "reversed"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    said = preview(specs.write(tmp_path), "--sample", answer(tmp_path, paper(1)), *options)
    assert said.exit_code == 2
    assert told in said.output.replace("\n", " ")


def test_a_feed_of_months_needs_the_end_of_one(tmp_path: Path) -> None:
    file = tmp_path / "1.csv"
    file.write_text("ky;so\n2023-02;1\n", "utf-8")
    said = preview(
        SOURCES / "telecom.toml", "--feed", "stations", "--sample", file, "--from", "2023-02-01", "--to", "2023-02-02"
    )
    assert said.exit_code == 2
    assert "no month ends" in said.output


def test_a_file_that_is_no_specification_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(bytes(range(256)))
    said = preview(tmp_path / "x.toml", "--sample", answer(tmp_path, paper(1)))
    assert isinstance(said.exception, Abort)
    assert "x.toml is no valid TOML" in str(said.exception)
