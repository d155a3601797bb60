"""A call ends with an answer, or with an error that says who must do what, within its limits of time and size."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from pathlib import Path

import pytest

from connectors import client, retries
from connectors.body_errors import check_json
from connectors.client import Answer, Gateway
from hub.errors import Abort, ExpiredToken, Reject, Retry
from hub.translation import Text
from tests.connectors.authority import make_authority
from tests.connectors.stub import Asked, Reply, says, stub


def after(*replies: Reply, then: Reply | None = None) -> "tuple[Iterator[int], object]":
    """An answer that gives these replies one after the other, and `then` the last one for ever."""
    numbers = count()

    def answer(_asked: Asked) -> Reply:
        place = next(numbers)
        return replies[place] if place < len(replies) else then or says({"ok": True})

    return numbers, answer


def test_a_call_carries_the_token_and_an_id_of_its_own() -> None:
    with stub(lambda asked: says(asked.query)) as there:
        gateway = there.gateway()
        first = gateway.call("GET", "/a", {"tu": "01/05/2023"})
        second = gateway.call("POST", "/b", body={"trang": 1})
    assert (first.body, first.status) == (b'{"tu": "01/05/2023"}', 200)
    assert [asked.headers["Authorization"] for asked in there.asked] == ["Bearer token-1"] * 2
    assert [asked.headers["X-Correlation-Id"] for asked in there.asked] == [first.correlation_id, second.correlation_id]
    assert first.correlation_id != second.correlation_id
    assert first.request == "GET /a?tu=01%2F05%2F2023"
    assert second.request == "POST /b {'trang': 1}"


def test_an_expired_token_is_renewed_in_the_middle_of_a_read(waits: list[float]) -> None:
    def answer(asked: Asked) -> Reply:
        expired = asked.headers["Authorization"] == "Bearer token-1" and asked.path == "/2"
        return says({"error": "invalid_token"}, 401) if expired else says(asked.path)

    with stub(answer) as there:
        gateway = there.gateway()
        bodies = [gateway.call("GET", f"/{number}").body for number in (1, 2, 3)]
    assert bodies == [b'"/1"', b'"/2"', b'"/3"']
    assert there.tokens == ["token-1", "token-2"]
    assert waits == [0]


def test_a_session_that_only_the_body_calls_invalid_is_renewed() -> None:
    def check(answer: Answer) -> None:
        if b"-1" in answer.body:
            raise ExpiredToken(Text("Phiên đã hết hạn", "the session was not valid"))

    _, answer = after(says({"error_code": "-1"}))
    with stub(answer) as there:  # type: ignore[arg-type]
        assert there.gateway().call("GET", "/a", check=check).body == b'{"ok": true}'
    assert there.tokens == ["token-1", "token-2"]


def test_many_pages_at_once_renew_a_token_once() -> None:
    both = threading.Barrier(2)

    def answer(asked: Asked) -> Reply:
        if asked.headers["Authorization"] == "Bearer token-1":
            both.wait(5)
            return says({}, 401)
        return says({"ok": True})

    with stub(answer) as there:
        gateway = there.gateway()
        gateway.authenticate()
        threads = [threading.Thread(target=gateway.call, args=("GET", "/a")) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert there.tokens == ["token-1", "token-2"]
    assert len(there.asked) == 4


def test_tokens_that_other_readers_used_up_are_no_failed_tries_of_a_call(waits: list[float]) -> None:
    used_up = [says({"error": "invalid_token"}, 401)] * 2
    _, answer = after(*used_up, says({}, 503), *used_up, says({}, 503), *used_up, says({}, 503), *used_up)
    with stub(answer) as there:  # type: ignore[arg-type]
        assert there.gateway().call("GET", "/a").body == b'{"ok": true}'
    assert len([wait for wait in waits if wait]) == 3


def test_a_token_that_never_holds_ends() -> None:
    with stub(lambda _: says({}, 401)) as there, pytest.raises(Retry, match="the token had expired"):
        there.gateway().call("GET", "/a")


def test_the_gateway_says_in_seconds_how_long_to_wait(waits: list[float]) -> None:
    _, answer = after(says({}, 429, Retry_After="7"), says({}, 503, Retry_After="3600"))
    with stub(answer) as there:  # type: ignore[arg-type]
        there.gateway().call("GET", "/a")
    assert waits == [7, 60]


def test_the_gateway_says_by_date_how_long_to_wait(waits: list[float]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)
    _, answer = after(says({}, 429, Retry_After=soon), says({}, 429, Retry_After=past))
    with stub(answer) as there:  # type: ignore[arg-type]
        there.gateway().call("GET", "/a")
    assert 25 < waits[0] <= 30
    assert waits[1] == 0


@pytest.mark.parametrize("strange", ["soon", "²", "-5", "Mon, 99 Foo 2023"])
def test_a_strange_wait_is_the_clients_own(waits: list[float], strange: str) -> None:
    _, answer = after(says({}, 429, Retry_After=strange))
    with stub(answer) as there:  # type: ignore[arg-type]
        there.gateway().call("GET", "/a")
    assert 0.1 < waits[0] < 1


def test_waits_grow_and_end(waits: list[float]) -> None:
    with stub(lambda _: says({}, 503)) as there, pytest.raises(Retry, match=r"GET /a: HTTP 503 \[[0-9a-f-]{36}\]"):
        there.gateway().call("GET", "/a")
    assert len(there.asked) == 6
    assert len(waits) == 5
    assert waits == sorted(waits)


def test_wrong_credentials_need_a_person() -> None:
    with (
        stub(lambda _: says({}), token=lambda _: says({"error": "invalid_client"}, 401)) as there,
        pytest.raises(Abort, match=r"refuses client 'hub'; check IOC_CLIENT_ID and IOC_CLIENT_SECRET") as error,
    ):
        there.gateway().call("GET", "/a")
    assert "secret" not in str(error.value).replace("IOC_CLIENT_SECRET", "")
    assert there.asked == []


def test_a_token_that_is_none_is_asked_for_again() -> None:
    with (
        stub(lambda _: says({}), token=lambda _: Reply(b"<html>")) as there,
        pytest.raises(Retry, match="no access_token"),
    ):
        there.gateway().call("GET", "/a")


def test_a_right_that_is_missing_needs_a_person() -> None:
    with stub(lambda _: says({}, 403)) as there, pytest.raises(Abort, match="may not read this feed"):
        there.gateway().call("GET", "/a")
    assert len(there.asked) == 1


def test_a_refused_call_is_not_repeated_and_quotes_nobody() -> None:
    with (
        stub(lambda _: says({"loi": "hồ sơ của Nguyễn Zzyvan"}, 400)) as there,
        pytest.raises(Abort, match=r"GET /a: HTTP 400; .* finds the call by \[[0-9a-f-]{36}\]") as error,
    ):
        there.gateway().call("GET", "/a")
    assert "Zzyvan" not in str(error.value)
    assert len(there.asked) == 1


@pytest.mark.parametrize("status", [304, 408, 425, 429, 500, 503])
def test_a_fault_that_may_be_over_soon_names_its_status(status: int) -> None:
    with stub(lambda _: Reply(b"", status)) as there, pytest.raises(Retry, match=rf"GET /a: HTTP {status} \["):
        there.gateway().call("GET", "/a")


def test_a_status_that_the_feed_knows_is_an_answer() -> None:
    with stub(lambda _: says({}, 404)) as there:
        assert there.gateway().call("GET", "/a", accept=frozenset({404})).status == 404


def test_nobody_there_may_pass() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Retry, match=rf"gateway at {url} cannot be reached .*; check IOC_GATEWAY_URL"):
            Gateway(url, "hub", "secret").call("GET", "/a")


@pytest.mark.parametrize("url", ["lgsp.example.vn", "ftp://lgsp.example.vn", "http://"])
def test_an_address_that_is_none_needs_a_person(url: str) -> None:
    with pytest.raises(Abort, match=r"IOC_GATEWAY_URL=.* is no address"):
        Gateway(url, "hub", "secret").call("GET", "/a")


def test_redirects_are_never_followed() -> None:
    with stub(lambda _: says({"stolen": True})) as elsewhere:
        with (
            stub(lambda _: says({}, 302, Location=f"{elsewhere.url}/a")) as there,
            pytest.raises(Retry, match="redirected elsewhere, which is never followed"),
        ):
            there.gateway().call("GET", "/a")
        assert elsewhere.asked == []


def test_no_path_leads_to_another_host() -> None:
    with stub(lambda _: says({"stolen": True})) as elsewhere, stub(lambda _: says({})) as there:
        for path in (f"@{elsewhere.url.removeprefix('http://')}/a", f"{elsewhere.url}/a", ".elsewhere.invalid/a"):
            with pytest.raises(Abort, match="address elsewhere"):
                there.gateway().call("GET", path)
        there.gateway().call("GET", f"//{elsewhere.url.removeprefix('http://')}/a")
        assert elsewhere.asked == []


def test_an_answer_that_is_too_large_is_cut_even_when_it_came_packed_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_BYTES", 2**20)
    bomb = gzip.compress(b"0" * 2**24)
    sent = Reply(bomb, headers={"Content-Encoding": "gzip"})
    with stub(lambda _: sent) as there, pytest.raises(Retry, match="larger than 1 MiB; cut off"):
        there.gateway().call("GET", "/a")
    assert len(bomb) < 2**15


def test_a_packed_answer_is_unpacked() -> None:
    text = b'"' + b"0123456789" * 100_000 + b'"'
    with stub(lambda _: Reply(gzip.compress(text), headers={"Content-Encoding": "gzip"})) as there:
        gateway = there.gateway()
        assert gateway.call("GET", "/a").body == text
        assert gateway.call("GET", "/a").body == text


@pytest.mark.parametrize("packed", [b"\x1f\x8b\x08\x00" + b"x" * 99, b"ky;dich_vu\r\n"], ids=["spoiled", "not packed"])
def test_a_packed_answer_that_does_not_unpack_may_pass(packed: bytes) -> None:
    spoiled = Reply(packed, headers={"Content-Encoding": "gzip"})
    with stub(lambda _: spoiled) as there, pytest.raises(Retry, match="does not unpack"):
        there.gateway().call("GET", "/a")


@pytest.mark.parametrize("missing", [1, 8, 40])
def test_a_packed_answer_that_is_not_whole_may_pass(missing: int) -> None:
    lines = b"".join(b"2023-06;service-%d;1.000\r\n" % number for number in range(500))
    cut = Reply(gzip.compress(lines)[:-missing], headers={"Content-Encoding": "gzip"})
    with stub(lambda _: cut) as there, pytest.raises(Retry, match="is not whole"):
        there.gateway().call("GET", "/a")


@pytest.mark.parametrize("behind", [gzip.compress(b"b"), b"\n", b"\0" * 9], ids=["another part", "a line end", "zeros"])
def test_what_stands_behind_a_packed_answer_spoils_nothing(behind: bytes) -> None:
    sent = Reply(gzip.compress(b"a") + behind, headers={"Content-Encoding": "gzip"})
    with stub(lambda _: sent) as there:
        assert there.gateway().call("GET", "/a").body in (b"a", b"ab")


def test_an_answer_that_breaks_off_may_pass() -> None:
    cut = Reply(iter(()), headers={"Content-Length": "100"})
    with stub(lambda _: Reply(iter([b'{"da']), headers=cut.headers)) as there, pytest.raises(Retry):
        there.gateway().call("GET", "/a")


def drip(release: threading.Event) -> Iterator[bytes]:
    while not release.wait(0.02):
        yield b" "


def test_a_deadline_ends_an_answer_that_drips() -> None:
    release = threading.Event()
    with stub(lambda _: Reply(drip(release))) as there:
        began = time.monotonic()
        with pytest.raises(Retry, match="not finished after 0 s; cut off"):
            there.gateway(deadline=0.1).call("GET", "/a")
        took = time.monotonic() - began
        release.set()
    assert took < 3, "six tries of a tenth of a second"


def test_a_deadline_ends_an_answer_that_drips_within_its_declared_length() -> None:
    release = threading.Event()
    with stub(lambda _: Reply(drip(release), headers={"Content-Length": "60000"})) as there:
        began = time.monotonic()
        with pytest.raises(Retry, match="not finished after 0 s; cut off"):
            there.gateway(deadline=0.1).call("GET", "/a")
        took = time.monotonic() - began
        release.set()
    assert took < 3


def test_silence_is_cut_off() -> None:
    release = threading.Event()

    def silence() -> Iterator[bytes]:
        yield b"{"
        release.wait(20)

    with stub(lambda _: Reply(silence())) as there:
        with pytest.raises(Retry, match="GET /a: silent for 0 s; cut off"):
            there.gateway(timeout=0.05).call("GET", "/a")
        release.set()


def test_silence_before_an_answer_is_cut_off() -> None:
    release = threading.Event()

    def answer(_asked: Asked) -> Reply:
        release.wait(20)
        return says({})

    with stub(answer) as there:
        with pytest.raises(Retry, match="GET /a: silent for 0 s; cut off"):
            there.gateway(timeout=0.05).call("GET", "/a")
        release.set()


def test_one_connection_serves_many_calls() -> None:
    long = Reply(gzip.compress(b"0" * 300_000), headers={"Content-Encoding": "gzip"})
    with stub(lambda asked: long if asked.path == "/long" else says({})) as there:
        gateway = there.gateway()
        for path in ("/short", "/long", "/short", "/long"):
            gateway.call("GET", path)
    assert len({asked.peer for asked in there.asked}) == 1


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("authority"))


def test_a_gateway_of_an_own_authority_is_trusted_by_its_file(authority: tuple[Path, Path]) -> None:
    own, server = authority
    with stub(lambda _: says({"ok": True}), certificate=server) as there:
        assert there.gateway(ca=own).call("GET", "/a").body == b'{"ok": true}'


def test_a_gateway_of_an_unknown_authority_needs_a_person_after_one_attempt(
    authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, server = authority
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own))
    with stub(lambda _: says({}), certificate=server) as there:
        with pytest.raises(Abort, match=r"certificate of the gateway at https://.* is not trusted: set IOC_GATEWAY_CA"):
            there.gateway().call("GET", "/a")
        assert there.tokens == []


def test_another_authority_than_the_servers_is_not_enough(authority: tuple[Path, Path], tmp_path: Path) -> None:
    another, _ = make_authority(tmp_path)
    with (
        stub(lambda _: says({}), certificate=authority[1]) as there,
        pytest.raises(Abort, match="is not trusted: set IOC_GATEWAY_CA"),
    ):
        there.gateway(ca=another).call("GET", "/a")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, r"IOC_GATEWAY_CA: .*own\.pem cannot be read: No such file"),
        (b"", r"IOC_GATEWAY_CA: .*own\.pem holds no certificate in PEM"),
        ("chứng thư".encode(), r"holds no certificate in PEM"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", r"holds no certificate in PEM"),
        (b"\x30\x82\x01\x00", r"holds no certificate in PEM"),
    ],
)
def test_a_file_of_authorities_that_is_none_is_one_clear_message(
    content: bytes | None, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.pem"
    if content is not None:
        file.write_bytes(content)
    with stub(lambda _: says({})) as there:
        with pytest.raises(Abort, match=told):
            there.gateway(ca=file).call("GET", "/a")
        assert there.tokens == []


def test_a_folder_is_no_file_of_authorities(tmp_path: Path) -> None:
    with stub(lambda _: says({})) as there, pytest.raises(Abort, match="IOC_GATEWAY_CA"):
        there.gateway(ca=tmp_path).call("GET", "/a")


def test_a_wait_of_years_has_a_limit() -> None:
    error = Retry(Text("bận", "busy"), after=3e8)
    assert error.after == 3600
    assert Retry(Text("bận", "busy"), after=float("inf")).after == 3600
    assert Retry(Text("bận", "busy"), after=-5).after == 0


@pytest.mark.parametrize(
    "asked",
    [
        "315360000",
        "9" * 400,
        "9" * 6000,
        "Fri, 31 Dec 9999 23:59:59 GMT",
        format_datetime(datetime(2126, 1, 1, tzinfo=UTC)),
    ],
    ids=lambda asked: asked[:20],
)
def test_no_header_makes_the_client_wait_for_years(waits: list[float], asked: str) -> None:
    with stub(lambda _: says({}, 503, Retry_After=asked)) as there, pytest.raises(Retry) as error:
        there.gateway().call("GET", "/a")
    assert waits == [60] * 5
    assert error.value.after == 3600


@contextmanager
def talking(first: bytes, then: bytes = b"", pause: float = 0.02) -> Iterator[str]:
    """A server of bare bytes: `first` at once, and `then` over and over, however long it takes."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                asked = connection.recv(65536)
                if asked.startswith(b"POST /token"):
                    token = b'{"access_token":"t"}'
                    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\n\r\n" + token)
                    return
                connection.sendall(first)
                while then and not over.wait(pause):
                    connection.sendall(then)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        over.set()


OK = b"HTTP/1.1 200 OK\r\n"
ENDLESS = [
    (b"", b"H"),
    (b"HTTP/1.1 200 ", b"O"),
    (OK + b"X: ", b"a"),
    (OK, b"X-Y: z\r\n"),
    (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    (b"HTTP/1.1 100 Continue\r\nX: ", b"y"),
    (OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"name"),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    (OK + b"Content-Length: 60000\r\n\r\n", b" "),
    (b"HTTP/1.1 302 Found\r\nLocation: /", b"a"),
]
NAMES = [
    "status",
    "reason",
    "header",
    "headers",
    "1xx",
    "1xx header",
    "gzip header",
    "chunk size",
    "chunks",
    "trailers",
]


@pytest.mark.parametrize(("first", "then"), ENDLESS, ids=[*NAMES, "body", "redirect"])
def test_a_deadline_covers_whatever_trickles_in(first: bytes, then: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_ATTEMPTS", 1)
    with talking(first, then) as url:
        began = time.monotonic()
        with pytest.raises(Retry, match=r"not finished after 0 s|connection broke off"):
            Gateway(url, "hub", "secret", deadline=0.3).call("GET", "/a")
        assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\xff\xfe",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 99999999999999 OK\r\n\r\n",
        OK + b"Content-Length: -5\r\n\r\n",
        OK + b"Content-Length: 5, 6\r\n\r\n12345",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        OK + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n",
        OK + b"no header at all\r\nContent-Length: 2\r\n\r\n{",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Encoding: gzip, gzip\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=lambda answer: str(answer[:40]),
)
def test_no_answer_however_strange_is_unexpected(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_ATTEMPTS", 1)
    with talking(answer) as url, pytest.raises((Retry, Abort, Reject)) as error:
        Gateway(url, "hub", "secret", timeout=2).call("GET", "/a", check=check_json)
    assert "IOC_GATEWAY_URL" not in str(error.value)


@pytest.mark.parametrize(
    "token",
    ["mã", "a\r\nX-Evil: 1", "", " ", "a b", 123, None, ["a"], {"a": 1}, "x" * 20_000],
    ids=lambda token: ascii(token)[:20],
)
def test_a_strange_token_is_no_token(token: object) -> None:
    with (
        stub(lambda _: says({}), token=lambda _: says({"access_token": token})) as there,
        pytest.raises(Retry, match="access_token"),
    ):
        there.gateway().call("GET", "/a")
    assert there.asked == []


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"[]", b'{"access_token":' + b"9" * 5000 + b"}"], ids=["deep", "list", "number"]
)
def test_a_strange_answer_for_a_token_is_no_token(body: bytes) -> None:
    with stub(lambda _: says({}), token=lambda _: Reply(body)) as there, pytest.raises(Retry, match="access_token"):
        there.gateway().call("GET", "/a")


def test_a_mark_before_the_token_is_harmless() -> None:
    with stub(lambda _: says({}), token=lambda _: Reply(b'\xef\xbb\xbf{"access_token":"t"}')) as there:
        there.gateway().call("GET", "/a")


def test_credentials_may_have_any_letters() -> None:
    with stub(lambda _: says({})) as there:
        Gateway(there.url, "trạm", "mật khẩu").call("GET", "/a")


def test_an_answer_without_content_is_an_answer() -> None:
    with stub(lambda _: Reply(b"", 204)) as there:
        assert there.gateway().call("GET", "/a", check=check_json).status == 204
