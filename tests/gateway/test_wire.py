"""The interface's habits: windows, paging, errors, tokens, cursors, files."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from gateway.moments import VIETNAM
from gateway.people import leaks
from gateway.server import CLIENT_ID, CLIENT_SECRET
from gateway.world import World
from gateway.worldfile import read_world

Faulty = Callable[..., AbstractContextManager[Any]]


def test_a_dossier_window_is_half_open(client: Any) -> None:
    some = client.dossiers("20230110000000", "20230111000000", size=500)["data"]
    moment = some[200]["NgayCapNhat"]
    before = client.all_dossiers("20230110000000", moment)
    after = client.all_dossiers(moment, "20230111000000")
    assert all(row["NgayCapNhat"] < moment for row in before)
    assert after[0]["NgayCapNhat"] == moment
    assert before + after == client.all_dossiers("20230110000000", "20230111000000")


def test_dossier_pages_are_ordered_complete_and_end_empty(client: Any) -> None:
    window = ("20230301000000", "20230302000000")
    first = client.dossiers(*window, size=700)
    rows = client.all_dossiers(*window, size=700)
    assert first["tongSo"] == str(len(rows))
    assert rows == sorted(rows, key=lambda row: (row["NgayCapNhat"], row["MaHoSo"]))
    past = client.dossiers(*window, page=99, size=700)
    assert (past["data"], past["tongSo"]) == ([], first["tongSo"])
    assert all(isinstance(value, str) for row in rows for value in row.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"kichThuoc": 5001},
        {"trang": 0},
        {"tuNgay": "20230231000000"},
        {"tuNgay": "20230302000000"},
        {"madonvi": "H59"},
        {"tuNgay": 20230101000000},
    ],
)
def test_dvc_refuses_bad_parameters_in_the_body(client: Any, wrong: dict[str, Any]) -> None:
    asked = {"tuNgay": "20230301000000", "denNgay": "20230301010000", "trang": 1, "kichThuoc": 10} | wrong
    answer = client.dvc("ho-so/tra-cuu", **asked)
    assert (answer.status_code, answer.json()["error_code"]) == (200, "-2")


def test_a_document_range_includes_both_days(client: Any) -> None:
    one, two = (client.all_office("van-ban-di", day, day) for day in ("07/03/2023", "08/03/2023"))
    assert {row["updated_at"][:10] for row in one} == {"2023-03-07"}
    assert one + two == client.all_office("van-ban-di", "07/03/2023", "08/03/2023")


@pytest.mark.parametrize(
    "query",
    [
        {"tu_ngay": "2023-03-07", "den_ngay": "07/03/2023"},
        {"tu_ngay": "08/03/2023", "den_ngay": "07/03/2023"},
        {"tu_ngay": "07/03/2023", "den_ngay": "07/03/2023", "limit": "1001"},
        {"tu_ngay": "07/03/2023", "den_ngay": "07/03/2023", "offset": "-1"},
    ],
)
def test_ioffice_refuses_bad_parameters_with_a_code(client: Any, query: dict[str, str]) -> None:
    answer = client.get("/ioffice/v2/van-ban-di", ma_don_vi="H37", **query)
    assert (answer.status_code, answer.json()["code"]) == (200, 400)


@pytest.mark.parametrize(
    "path",
    [
        "/cuakhau/v1/phuong-tien?limit=1001",
        "/cuakhau/v1/phuong-tien?cursor=abc",
        "/cuakhau/v1/phuong-tien?since=2023-02-30",
        "/cuakhau/v1/thong-ke?tu=2023-02-01&den=2023-01-01",
        "/tmdt/v1/bao-cao-thong-ke?tinh=20&ngay=15/05/2023",
        "/tmdt/v1/bao-cao-thong-ke?tinh=84&ngay=2023-05-15",
        "/vienthong/v1/tep?tinh=20&ky=2023-13",
    ],
)
def test_the_others_refuse_bad_parameters_with_400(client: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.json()["loi"]


def test_the_clock_hides_what_is_later(faulty: Faulty) -> None:
    with faulty() as client:
        client.admin("clock", now="2023-03-15T12:00:00+07:00")
        shown = client.all_dossiers("20230315000000", "20230401000000")
        assert shown
        assert max(row["NgayCapNhat"] for row in shown) <= "20230315120000"
        assert client.get("/tmdt/v1/bao-cao-thong-ke", tinh="20", ngay="2023-05-15").status_code == 404
        assert client.get("/vienthong/v1/tep", tinh="20", ky="2023-03").json() == []
        assert client.get("/vienthong/v1/tep", tinh="20", ky="2023-02").json()
        later = client.dvc("thong-ke", tuNgay="20230401000000", denNgay="20230701000000").json()
        assert later["tiepNhan"] == "0"


def test_a_clock_that_follows_the_system_s_goes_on_by_itself(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [datetime(2023, 3, 15, 12, tzinfo=VIETNAM), datetime(2023, 3, 15, 16, tzinfo=VIETNAM)]
    with faulty() as client:
        client.admin("clock", now="system")
        shown = []
        for moment in moments:
            monkeypatch.setattr("gateway.app.datetime", SimpleNamespace(now=moment.astimezone))
            shown.append(len(client.all_dossiers("20230315000000", "20230401000000")))
    assert 0 < shown[0] < shown[1]


def test_calls_without_a_good_token_are_refused(client: Any) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = requests.get(f"{client.base}/cuakhau/v1/phuong-tien", headers=headers, timeout=10)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_needs_the_right_secret(client: Any) -> None:
    form = {"grant_type": "client_credentials"}
    good = requests.post(f"{client.base}/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=10)
    assert good.json()["token_type"] == "Bearer"
    assert good.json()["expires_in"] == 3600
    bad = requests.post(f"{client.base}/token", data=form, auth=(CLIENT_ID, "wrong"), timeout=10)
    assert (bad.status_code, bad.json()) == (401, {"error": "invalid_client"})


def test_the_correlation_id_comes_back(client: Any) -> None:
    headers = {"X-Correlation-Id": "6c1f7a52-0d5c-4f61-9d0e-2b7e3f1c9a11"}
    query = "ma_don_vi=H37&tu_ngay=07/03/2023&den_ngay=07/03/2023"
    answer = client.session.get(f"{client.base}/ioffice/v2/chung-thu-so?{query}", headers=headers, timeout=10)
    assert answer.headers["X-Correlation-Id"] == headers["X-Correlation-Id"]
    assert answer.json()["correlationId"] == headers["X-Correlation-Id"]


def test_gzip_only_when_asked_for(client: Any) -> None:
    url = f"{client.base}/cuakhau/v1/phuong-tien"
    packed = client.session.get(url, headers={"Accept-Encoding": "gzip"}, timeout=10)
    plain = client.session.get(url, headers={"Accept-Encoding": "identity"}, timeout=10)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["Content-Length"]) < len(plain.content) // 4


def test_an_unknown_path_and_method(client: Any) -> None:
    assert client.get("/dvc/v2/ho-so").status_code == 404
    assert client.get("/dvc/v1/ho-so/tra-cuu").status_code == 405
    assert client.get("/vienthong/v1/tep/20-2023-06-VNPT-nothing-1.csv").status_code == 404


def test_cursor_pages_join_and_go_on_at_the_end(client: Any) -> None:
    since = "2023-06-30T16:00:00+07:00"
    whole = client.vehicles(since=since, limit=1000)
    parts, page = [], client.vehicles(since=since, limit=300)
    while True:
        parts += page["items"]
        if not page["has_more"]:
            break
        page = client.vehicles(cursor=page["next_cursor"], limit=300)
    assert parts == whole["items"]
    assert whole["has_more"] is False
    assert client.vehicles(cursor=page["next_cursor"])["items"] == []


def test_since_in_utc_is_the_same_moment(client: Any) -> None:
    vietnam = client.vehicles(since="2023-06-30T16:00:00+07:00")
    assert client.vehicles(since="2023-06-30T09:00:00+00:00") == vietnam
    assert client.vehicles(since="2023-06-30T16:00:00") == vietnam


def test_a_cursor_lives_seven_days(faulty: Faulty) -> None:
    with faulty() as client:
        client.admin("clock", now="2023-03-01T06:00:00+07:00")
        cursor = client.vehicles(limit=10)["next_cursor"]
        client.admin("clock", now="2023-03-08T06:00:00+07:00")
        assert len(client.vehicles(limit=10, cursor=cursor)["items"]) == 10
        client.admin("clock", now="2023-03-08T06:00:01+07:00")
        assert client.get("/cuakhau/v1/phuong-tien", cursor=cursor).status_code == 410


def test_files_are_as_listed(client: Any) -> None:
    for file in client.get("/vienthong/v1/tep", tinh="20", ky="2023-05").json():
        content = client.get(file["duong_dan"]).content
        assert (sha256(content).hexdigest(), len(content)) == (file["sha256"], file["kich_thuoc"])
        assert content.startswith(b"\xef\xbb\xbfky;")
        assert content.endswith(b"\r\n")
        assert content.count(b"\n") == content.count(b"\r\n")
        assert file["nop_luc"].endswith("+07:00")


def test_platform_numbers_are_dotted_text_and_days_are_skipped(client: Any) -> None:
    answer = client.get("/tmdt/v1/bao-cao-thong-ke", tinh="20", ngay="2023-05-15").json()
    assert (answer["tinh"], answer["ngay"]) == ("20", "15/05/2023")
    assert [platform["ten_san"] for platform in answer["san"]] == ["Postmart", "Voso"]
    assert answer["san"][0]["doanh_thu_vnd"].count(".") == 3
    days = [f"2023-02-{day:02}" for day in range(1, 29)]
    found = [client.get("/tmdt/v1/bao-cao-thong-ke", tinh="20", ngay=day).status_code for day in days]
    assert set(found) == {200, 404}
    assert found[-1] == 200


def test_personal_data_can_be_found_again(client: Any) -> None:
    dossier = client.dossiers("20230301000000", "20230302000000", size=1)["data"][0]
    vehicle = client.vehicles(limit=1)["items"][0]
    document = client.office("van-ban-di", "07/03/2023", "07/03/2023", limit=1)["response"]["items"][0]
    certificate = client.office("chung-thu-so", "07/03/2023", "07/03/2023", limit=1)["response"]["items"][0]
    personal = [
        *(dossier[name] for name in ("ChuHoSo", "SoGiayToChuHoSo", "SoDienThoai", "DiaChi")),
        vehicle["bien_so"],
        vehicle["lai_xe"],
        document["subject"],
        certificate["holder_name"],
    ]
    assert all(leaks(text) for text in personal)
    harmless = {name: value for name, value in dossier.items() if value not in personal}
    assert leaks(str(harmless)) == []


def test_the_same_seed_gives_the_same_bytes(faulty: Faulty) -> None:
    def content(seed: int) -> list[bytes]:
        with faulty(world="bench", dossiers=5000, seed=seed) as client:
            asked = {"tuNgay": "20230301000000", "denNgay": "20230401000000", "kichThuoc": 100}
            return [client.dvc("ho-so/tra-cuu", trang=page, **asked).content for page in (1, 3)]

    assert content(7) == content(7)
    assert content(7) != content(8)


def test_a_world_made_again_is_the_same() -> None:
    def certificates() -> bytes:
        return World(read_world("lang-son-2023")).certificates.json(0, 25_000)

    assert certificates() == certificates()


def test_the_bench_world_has_as_many_clean_dossiers_as_asked(faulty: Faulty) -> None:
    with faulty(world="bench", dossiers=12345) as client:
        rows = client.all_dossiers("20230101000000", "20230701000000", size=1000)
        assert len(rows) == len({row["MaHoSo"] for row in rows}) == 12345
        assert rows == sorted(rows, key=lambda row: (row["NgayCapNhat"], row["MaHoSo"]))
        counted = client.dvc("thong-ke", tuNgay="20230301000000", denNgay="20230401000000").json()
        march = [row for row in rows if row["NgayTiepNhan"].startswith("202303")]
        assert counted["tiepNhan"] == str(len(march))
        assert client.get("/cuakhau/v1/phuong-tien").status_code == 403
