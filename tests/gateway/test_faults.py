"""Each fault does what its line says, and a client that retries still gets the same data."""

import contextlib
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import pytest
import requests

from gateway.effects import OVERSIZE_BYTES
from gateway.faults import FAULTS, Faults, parse_faults
from gateway.wire import Call

Faulty = Callable[..., AbstractContextManager[Any]]
DOSSIERS: Any = ("/dvc/v1/ho-so/tra-cuu", {"tuNgay": "20230301000000", "denNgay": "20230303000000", "kichThuoc": 500})
DOCUMENTS = {"ma_don_vi": "H37", "tu_ngay": "01/03/2023", "den_ngay": "02/03/2023", "limit": "100"}


def ask_dossiers(client: Any, **more: Any) -> Any:
    return client.dvc("ho-so/tra-cuu", **(DOSSIERS[1] | {"trang": 1} | more))


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ("token_revoked", 401, "invalid_token"),
        ("error_503", 503, "Unavailable"),
        ("error_500", 500, "Exception"),
        ("dvc_busy", 200, '"error_code":"-99"'),
        ("dvc_session", 200, '"error_code":"-1"'),
        ("html_error", 200, "<!DOCTYPE html>"),
    ],
)
def test_a_failing_answer_comes_twice_at_most(faulty: Faulty, fault: str, status: int, text: str) -> None:
    with faulty(f"{fault}:1") as client:
        for _ in range(2):
            answer = ask_dossiers(client)
            assert answer.status_code == status
            assert text in answer.text
            client.log_in_again()
        assert ask_dossiers(client).json()["error_code"] == "0"


def test_a_revoked_token_stays_invalid(faulty: Faulty) -> None:
    for fault in ("token_revoked:1", "dvc_session:1"):
        with faulty(fault) as client:
            ask_dossiers(client)
            client.admin("faults", faults="")
            assert ask_dossiers(client).status_code == 401


def test_a_token_expires_after_some_requests(faulty: Faulty) -> None:
    with faulty("token_expires:0.25") as client:
        codes = [ask_dossiers(client, trang=page).status_code for page in range(1, 6)]
        assert codes == [200, 200, 200, 200, 401]
        client.log_in_again()
        assert ask_dossiers(client, trang=5).status_code == 200


def test_busy_says_when_to_come_again(faulty: Faulty) -> None:
    with faulty("busy_429:1") as client:
        waits = [ask_dossiers(client, kichThuoc=size).headers["Retry-After"] for size in (9, 10, 99, 100)]
    assert "1" in waits
    dates = [parsedate_to_datetime(wait) for wait in waits if wait != "1"]
    assert dates


@pytest.mark.parametrize("code", [401, 429, 500])
def test_ioffice_fails_under_http_200(faulty: Faulty, code: int) -> None:
    with faulty(f"ioffice_code_{code}:1") as client:
        answer = client.get("/ioffice/v2/van-ban-di", **DOCUMENTS)
        assert (answer.status_code, answer.json()["code"], answer.json()["response"]) == (200, code, None)


def test_a_cut_connection_is_noticed(faulty: Faulty) -> None:
    with faulty("cut:1") as client, pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask_dossiers(client)


def test_a_stalled_body_needs_a_deadline(faulty: Faulty, client: Any) -> None:
    client.vehicles(limit=1)  # so that the world is made and only the fault takes time
    with faulty("stall:1") as other:
        url, headers = f"{other.base}/cuakhau/v1/phuong-tien?limit=1000", {"Accept-Encoding": "identity"}
        answer = other.session.get(url, headers=headers, stream=True, timeout=0.5)
        got = b""
        with pytest.raises(requests.RequestException):
            for piece in answer.iter_content(1000):
                got += piece
        assert 0 < len(got) <= int(answer.headers["Content-Length"]) // 2
        answer.close()


def test_slow_answers_are_right(faulty: Faulty) -> None:
    with faulty("slow:1") as client:
        answer = ask_dossiers(client)
        assert answer.elapsed.total_seconds() >= 0.1
        assert answer.json()["error_code"] == "0"


def test_a_bad_gzip_body_does_not_unpack(faulty: Faulty) -> None:
    with faulty("bad_gzip:1") as client, pytest.raises(requests.exceptions.ContentDecodingError):
        ask_dossiers(client)


def test_truncated_json_is_complete_http(faulty: Faulty) -> None:
    with faulty("truncated_json:1") as client:
        answer = ask_dossiers(client)
        assert answer.status_code == 200
        assert answer.text.startswith('{"error_code":"0"')
        with pytest.raises(requests.exceptions.JSONDecodeError):
            answer.json()


def test_an_oversize_body_comes_once(faulty: Faulty) -> None:
    with faulty("oversize:1") as client:
        answer = client.session.post(
            client.base + DOSSIERS[0], json={"madonvi": "H37", **DOSSIERS[1]}, stream=True, timeout=60
        )
        packed = answer.raw.read(decode_content=False)
        assert len(packed) < 2_000_000
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        size = len(unpacker.decompress(packed, 1_000_000))
        while unpacker.unconsumed_tail:
            size += len(unpacker.decompress(unpacker.unconsumed_tail, 10_000_000))
        assert size == OVERSIZE_BYTES
        assert ask_dossiers(client).json()["error_code"] == "0"


def test_a_redirect_to_another_host_comes_once(faulty: Faulty) -> None:
    with faulty("redirect_elsewhere:1") as client:
        answer = client.get("/ioffice/v2/van-ban-di", **DOCUMENTS)
        assert (answer.status_code, answer.headers["Location"]) == (302, "http://elsewhere.invalid/")
        assert client.get("/ioffice/v2/van-ban-di", **DOCUMENTS).status_code == 200


def test_a_fresh_cursor_is_gone_once(faulty: Faulty) -> None:
    with faulty("cursor_gone:1") as client:
        page = client.vehicles(limit=10)
        query = {"limit": 10, "cursor": page["next_cursor"]}
        assert client.get("/cuakhau/v1/phuong-tien", **query).status_code == 410
        assert client.get("/cuakhau/v1/phuong-tien", **query).status_code == 200


@pytest.mark.parametrize("fault", ["extra_field", "missing_field", "null_field"])
def test_changed_fields_change_no_value(faulty: Faulty, client: Any, fault: str) -> None:
    right = ask_dossiers(client).json()["data"]
    with faulty(f"{fault}:1") as other:
        changed = ask_dossiers(other).json()["data"]
    assert changed != right

    def values(row: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if value and name != "ghi_chu_he_thong"}

    assert [values(row) for row in changed] == [values(row) for row in right]


def test_reordered_ties_are_the_same_records(faulty: Faulty, client: Any) -> None:
    window = {"denNgay": "20230310000000", "kichThuoc": 5000}
    right = ask_dossiers(client, **window).json()["data"]
    with faulty("reordered_ties:1") as other:
        changed = ask_dossiers(other, **window).json()["data"]
    assert changed != right
    assert sorted(changed, key=lambda row: (row["NgayCapNhat"], row["MaHoSo"])) == right


def test_a_row_is_repeated_at_a_page_border_and_not_counted(faulty: Faulty, client: Any) -> None:
    low, high = DOSSIERS[1]["tuNgay"], DOSSIERS[1]["denNgay"]
    right = client.all_dossiers(low, high, 500)
    with faulty("duplicate_page_rows:1") as other:
        rows = other.all_dossiers(low, high, 500)
        assert other.dossiers(low, high, 1, 500)["tongSo"] == str(len(right))
        documents = other.all_office("van-ban-di", "01/03/2023", "10/03/2023")
        total = other.office("van-ban-di", "01/03/2023", "10/03/2023")["response"]["total"]
    assert len(rows) == len(right) + 1
    assert rows[499] == rows[500]
    assert rows[:500] + rows[501:] == right
    assert len(documents) == total + 1
    assert documents[999] == documents[1000]


@pytest.mark.parametrize(("fault", "difference"), [("over_declared", 1), ("under_declared", -1)])
def test_a_false_total(faulty: Faulty, fault: str, difference: int) -> None:
    with faulty(fault) as client:
        low, high = DOSSIERS[1]["tuNgay"], DOSSIERS[1]["denNgay"]
        given = len(client.all_dossiers(low, high))
        assert client.dossiers(low, high)["tongSo"] == str(given + difference)
        documents = client.office("van-ban-di", "01/03/2023", "01/03/2023")["response"]
        assert documents["total"] == len(documents["items"]) + difference


def test_an_empty_answer(faulty: Faulty) -> None:
    with faulty("empty") as client:
        assert (ask_dossiers(client).json()["tongSo"], ask_dossiers(client).json()["data"]) == ("0", [])
        assert client.vehicles(limit=10)["items"] == []
        assert client.get("/vienthong/v1/tep", tinh="20", ky="2023-05").json() == []


def test_some_rows_have_a_bad_value(faulty: Faulty, client: Any) -> None:
    with faulty("bad_rows") as other:
        pairs = [
            (client.all_dossiers(*AN_HOUR), other.all_dossiers(*AN_HOUR)),
            *((ask(client), ask(other)) for ask in (_vehicles, _accounts, _connections, _pieces, _listed)),
        ]
    for right, changed in pairs:
        wrong = [(now, then) for now, then in zip(changed, right, strict=True) if now != then]
        assert len(wrong) == -(-len(right) // 25)
        assert all(sum(now[name] != then[name] for name in then) == 1 for now, then in wrong)


AN_HOUR = "20230301080000", "20230301090000"


def _vehicles(client: Any) -> Any:
    return client.vehicles(limit=100)["items"]


def _accounts(client: Any) -> Any:
    rows = client.snapshot("/congdanso/v1/tai-khoan", ngay="2023-05-15")["du_lieu"]
    return [row for row in rows if row["so_tai_khoan"]]


def _connections(client: Any) -> Any:
    return client.snapshot("/lgsp/v1/ket-noi", ngay="2023-05-15")["du_lieu"]


def _pieces(client: Any) -> Any:
    return client.snapshot("/baochi/v1/tin-bai", tu="2023-05-01", den="2023-05-31", page="1")["items"]


def _listed(client: Any) -> Any:
    return client.get("/vienthong/v1/tep", tinh="20", ky="2023-05").json()


def test_late_rows_come_at_the_second_reading(faulty: Faulty, client: Any) -> None:
    low, high = DOSSIERS[1]["tuNgay"], DOSSIERS[1]["denNgay"]
    right = client.all_dossiers(low, high, 500)
    with faulty("late_rows") as other:
        first = other.all_dossiers(low, high, 500)
        counted = other.dvc("thong-ke", tuNgay=low, denNgay=high).json()["tiepNhan"]
        second = other.dossiers(low, high, 1, 500)
        assert second["tongSo"] == str(len(right))
        assert other.all_dossiers(low, high, 500) == right
        reports = [len(other.get("/pakn/v1/phan-anh", updated_since="2023-05-01").json()["data"]) for _ in range(3)]
    assert first == right[: len(first)]
    assert 0 < len(right) - len(first) <= len(right) // 10 + 1
    assert counted == client.dvc("thong-ke", tuNgay=low, denNgay=high).json()["tiepNhan"]
    assert reports[0] < reports[1] == reports[2]


def test_a_shrunk_catalogue_is_consistent(faulty: Faulty) -> None:
    with faulty("shrunk_snapshot") as client:
        assert len(client.services("20230630")) == 905
        assert client.dvc("thu-tuc", ngay="20230630", trang=1, kichThuoc=500).json()["tongSo"] == "905"


def test_a_field_drifts(faulty: Faulty) -> None:
    with faulty("drift") as client:
        assert {"NgayCapNhat_moi"} == {n for n in ask_dossiers(client).json()["data"][0] if n.startswith("NgayCapNhat")}
        assert "trang_thai" not in client.vehicles(limit=1)["items"][0]


def test_a_forbidden_feed(faulty: Faulty) -> None:
    with faulty("forbidden") as client:
        assert ask_dossiers(client).status_code == 403


def test_what_all_switches_on() -> None:
    names = set(parse_faults("all"))
    assert names == {name for name, fault in FAULTS.items() if fault.in_all}
    outside = {"over_declared", "under_declared", "empty", "shrunk_snapshot", "drift", "forbidden"}
    outside |= {"bad_rows", "late_rows"}
    outside |= {"government_409", "government_422"}
    assert set(FAULTS) - names == outside
    assert parse_faults("all,drift")["drift"] == 1
    assert parse_faults("cut:0.5,slow") == {"cut": 0.5, "slow": FAULTS["slow"].rate}


@pytest.mark.parametrize("text", ["nonsense", "cut:2", "cut:x", "all:0"])
def test_a_wrong_fault_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=text.split(":", maxsplit=1)[0]):
        parse_faults(text)


def test_the_fault_seed_decides(faulty: Faulty) -> None:
    def codes(seed: int) -> list[int]:
        with faulty("error_503:0.5", fault_seed=seed) as client:
            return [ask_dossiers(client, trang=page).status_code for page in range(1, 30)]

    assert codes(1) == codes(1)
    assert codes(1) != codes(2)


class Patient:
    """Reads on whatever the gateway does: retries, logs in again, starts again from a gone cursor."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.most_tries = 0

    def ask(self, call: Callable[[], requests.Response], good: Callable[[Any], bool]) -> Any:
        for tries in range(1, 10):
            self.most_tries = max(self.most_tries, tries)
            with contextlib.suppress(requests.RequestException, ValueError):
                answer = call()
                if answer.status_code == 410:
                    return None
                if answer.status_code == 200 and good(answer.json()):
                    return answer.json()
            self.client.log_in_again()
        raise AssertionError("the gateway did not recover")

    def dossiers(self, low: str, high: str, size: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for page in range(1, 1000):
            asked = {"tuNgay": low, "denNgay": high, "trang": page, "kichThuoc": size}
            answer = self.ask(
                partial(self.client.dvc, "ho-so/tra-cuu", **asked), lambda body: body["error_code"] == "0"
            )
            rows += answer["data"]
            if len(rows) >= int(answer["tongSo"]):
                break
        assert len(rows) == int(answer["tongSo"])
        return rows

    def vehicles(self, since: str) -> list[dict[str, Any]]:
        query: dict[str, Any] = {"since": since}
        items: list[dict[str, Any]] = []
        while True:
            call = partial(self.client.get, "/cuakhau/v1/phuong-tien", limit=20, **query)
            page = self.ask(call, lambda body: "items" in body)
            if page is None:
                query, items = {"since": since}, []
                continue
            items += page["items"]
            if not page["has_more"]:
                return items
            query = {"cursor": page["next_cursor"]}


def test_with_all_faults_the_data_is_the_same(faulty: Faulty, client: Any) -> None:
    low, high, since = "20230308000000", "20230310000000", "2023-06-30T17:00:00+07:00"

    def keys(rows: list[dict[str, Any]]) -> set[tuple[str, ...]]:
        return {(row["MaHoSo"], row["NgayCapNhat"], row["TrangThaiHoSo"]) for row in rows}

    faults = parse_faults("all")
    text = ",".join(f"{name}:{rate}" for name, rate in faults.items() if name not in ("stall", "busy_429"))
    with faulty(text, fault_seed=4) as other:
        patient = Patient(other)
        assert keys(patient.dossiers(low, high, 40)) == keys(client.all_dossiers(low, high))
        found = {(row["ma_khai_bao"], row["seq"], row["trang_thai"]) for row in patient.vehicles(since)}
        fired = other.admin("state")["fired"]
    right = client.vehicles(since=since, limit=1000)["items"]
    assert found == {(row["ma_khai_bao"], row["seq"], row["trang_thai"]) for row in right}
    assert patient.most_tries <= 3
    assert len(fired) > 8


def test_never_more_than_two_failures_in_a_row() -> None:
    headers = [(b"accept-encoding", b"gzip")]
    request = Call(
        {"type": "http", "method": "GET", "path": "/dvc/v1/thu-tuc", "query_string": b"", "headers": headers}
    )
    faults = Faults(parse_faults("all:1"), 5)
    kinds = [FAULTS[name].kind if (name := faults.plan(request)) else "" for _ in range(60)]
    for start in range(len(kinds) - 2):
        assert kinds[start : start + 3] != ["fails"] * 3
    assert "fails" in kinds
