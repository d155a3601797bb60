"""Sessions and throttling: what lets somebody in, and what stops it at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from accounts import directory, keys, passwords, sessions, throttle
from accounts.rights import Limits
from hub.errors import SignInBusy, TooManyAttempts, WrongCredentials
from tests.accounts.sign_in import RIGHT, stt
from tests.accounts.sign_in import sign_in as whole_sign_in
from warehouse.database import Role, connect

WRONG = "sai-mật-khẩu-2023"
HERE = "10.1.2.3"


def sign_in(keeper: psycopg.Connection, login: str = "stt", password: str = RIGHT, address: str = HERE) -> str:
    return whole_sign_in(keeper, login, password, address).token


def test_a_session_goes_on_with_its_token_alone(keeper: psycopg.Connection) -> None:
    opened = whole_sign_in(keeper, " Stt ", RIGHT, HERE)
    assert opened.caller.login == "stt"
    assert sessions.resume(keeper, opened.token) == opened.caller
    assert sessions.resume(keeper, opened.token[:-1]) is None
    assert sessions.resume(keeper, "") is None


def test_neither_password_nor_token_nor_key_is_kept(url: str, keeper: psycopg.Connection) -> None:
    token = sign_in(keeper)
    key = keys.create(keeper, stt(keeper).account_id, "Grafana", ["read"], 1)
    with pytest.raises(WrongCredentials):
        sign_in(keeper, login=WRONG)  # a password in the wrong box
    keeper.commit()
    with connect(url, "owner") as owner:
        for table in ("account", "session", "api_key", "login_attempt"):
            kept = str(owner.execute(f"select t::text from access.{table} as t".encode()).fetchall())
            assert kept != "[]"
            for secret in (RIGHT, WRONG, token, key, key.rpartition("_")[2]):
                assert secret not in kept


@pytest.mark.parametrize(
    "over",
    [
        "update access.session set ended_at = now()",
        "update access.session set expires_at = now()",
        "update access.session set last_seen_at = now() - interval '3 hours'",
        "update access.account set disabled_at = now()",
    ],
)
def test_a_session_that_is_over_is_over_at_once(keeper: psycopg.Connection, over: str) -> None:
    token = sign_in(keeper)
    keeper.execute(over.encode())
    assert sessions.resume(keeper, token) is None


def test_use_keeps_a_session_open_but_not_for_ever(keeper: psycopg.Connection) -> None:
    token = sign_in(keeper)
    keeper.execute("update access.session set last_seen_at = now() - interval '119 minutes'")
    assert sessions.resume(keeper, token)
    assert keeper.execute("select last_seen_at > now() - interval '1 minute' from access.session").fetchone() == (True,)
    assert keeper.execute("select expires_at - created_at from access.session").fetchone() == (sessions.LONGEST,)


def test_what_a_page_asks_by_itself_keeps_no_session_open(keeper: psycopg.Connection) -> None:
    token = sign_in(keeper)
    keeper.execute("update access.session set last_seen_at = now() - interval '119 minutes'")
    assert sessions.resume(keeper, token, by_itself=True)
    assert keeper.execute("select last_seen_at > now() - interval '1 hour' from access.session").fetchone() == (False,)


def test_signing_out_ends_one_session_a_new_password_or_subject_or_an_administrator_all(
    keeper: psycopg.Connection,
) -> None:
    one, other = sign_in(keeper), sign_in(keeper)
    sessions.end(keeper, one)
    assert sessions.resume(keeper, one) is None
    assert sessions.resume(keeper, other)

    assert sessions.end_all(keeper, stt(keeper).account_id) == 1
    assert sessions.resume(keeper, other) is None

    directory.set_subject(keeper, stt(keeper), "subject-7")
    at_provider = sign_in(keeper)
    directory.set_subject(keeper, stt(keeper), "subject-7")
    assert sessions.resume(keeper, at_provider)
    directory.set_subject(keeper, stt(keeper), None)
    assert sessions.resume(keeper, at_provider) is None, "whoever was that person there may be somebody else"

    third = sign_in(keeper)
    directory.set_password(keeper, stt(keeper), "một-mật-khẩu-khác", by_user=True)
    assert sessions.resume(keeper, third) is None
    assert stt(keeper).password_changed_at is not None
    assert sign_in(keeper, password="một-mật-khẩu-khác")


def test_a_closed_account_that_is_opened_again_has_to_sign_in_again(keeper: psycopg.Connection) -> None:
    token = sign_in(keeper)
    directory.disable(keeper, stt(keeper))
    with pytest.raises(WrongCredentials):
        sign_in(keeper)
    directory.enable(keeper, stt(keeper))
    assert sessions.resume(keeper, token) is None
    assert sign_in(keeper)


def test_a_form_is_of_its_own_session_only(keeper: psycopg.Connection) -> None:
    one, other = sign_in(keeper), sign_in(keeper)
    assert sessions.csrf_matches(one, sessions.csrf_token(one))
    assert not sessions.csrf_matches(one, sessions.csrf_token(other))
    assert not sessions.csrf_matches(one, "")
    assert one not in sessions.csrf_token(one)


def test_whatever_is_wrong_the_answer_and_the_work_are_the_same(
    keeper: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.create(keeper, "by-oidc", "OIDC", "viewer", Limits(1), None, "subject-1")
    directory.create(keeper, "closed", "Closed", "viewer", Limits(1), RIGHT)
    directory.disable(keeper, directory.find(keeper, "closed"))
    keeper.commit()
    hasher = passwords._hasher()
    costs: list[str] = []

    class Watched:
        def hash(self, password: str) -> str:
            return hasher.hash(password)

        def verify(self, password: str, kept: str) -> bool:
            costs.append(kept.rsplit("$", 2)[0])
            return hasher.verify(password, kept)

    monkeypatch.setattr(passwords, "_hasher", Watched)
    told = set()
    for login, password in (
        ("stt", WRONG),
        ("unheard-of", RIGHT),
        ("by-oidc", RIGHT),
        ("closed", RIGHT),
        ("", ""),
        ("stt' or true --", RIGHT),
        ("stt", RIGHT + "x" * 100_000),
    ):
        with pytest.raises(WrongCredentials) as caught:
            sign_in(keeper, login, password, address=f"for {login}")
        told.add((str(caught.value), caught.value.vi))
    assert len(told) == 1
    assert len(costs) == 7
    assert len(set(costs)) == 1
    assert costs[0].startswith("$argon2id$")


def wait(url: str, seconds: int) -> None:
    with connect(url, "owner") as owner:
        owner.execute("update access.login_attempt set at = at - make_interval(secs => %s)", [seconds])


def test_guessing_slows_down_for_known_and_unknown_logins_alike(url: str, keeper: psycopg.Connection) -> None:
    for login in ("stt", "unheard-of"):
        waits: list[int] = []
        for _ in range(throttle.FREE_PER_PAIR + 4):
            try:
                throttle.begin(keeper, login, HERE)
                waits.append(0)
            except TooManyAttempts as throttled:
                waits.append(throttled.after)
                wait(url, throttled.after)
                throttle.begin(keeper, login, HERE)
        assert waits == [0] * throttle.FREE_PER_PAIR + [1, 2, 4, 8], login
        with pytest.raises(TooManyAttempts):
            sign_in(keeper, login)


def test_even_the_right_password_waits_and_then_forgives(url: str, keeper: psycopg.Connection) -> None:
    for _ in range(throttle.FREE_PER_PAIR):
        throttle.begin(keeper, "stt", HERE)
    with pytest.raises(TooManyAttempts) as caught:
        sign_in(keeper)
    assert caught.value.after == 1
    wait(url, 1)
    assert sign_in(keeper)
    throttle.begin(keeper, "stt", HERE)


def let_through(keeper: psycopg.Connection, attempts: Iterable[tuple[str, str]]) -> int:
    """How many of these attempts, login and address, had not to wait."""
    through = 0
    for login, address in attempts:
        try:
            throttle.begin(keeper, login, address)
            through += 1
        except TooManyAttempts:
            continue
    return through


def is_braked_after(through: int, free: int) -> bool:
    """Whether only the free attempts came through, and those whose wait passed meanwhile, on a slow machine: seven take
    two minutes."""
    return free <= through <= free + 7


def fail_often(url: str, login: str, address: str) -> None:
    """So many failures that the next attempt has to wait as long as any."""
    with connect(url, "owner") as owner:
        owner.execute(
            "insert into access.login_attempt (login_sha256, address)"
            " select encode(sha256(%s), 'hex'), %s from generate_series(1, 50)",
            [login.encode(), address],
        )


def test_whoever_guesses_a_login_from_many_addresses_makes_nobody_wait_at_its_usual_one(
    keeper: psycopg.Connection,
) -> None:
    sign_in(keeper)
    guesses = [("stt", f"10.3.0.{number}") for number in range(120)]
    assert is_braked_after(let_through(keeper, guesses), throttle.FREE_PER_LOGIN)
    assert sign_in(keeper)


def test_whoever_signs_in_at_the_usual_address_does_not_forgive_what_others_tried(
    url: str, keeper: psycopg.Connection
) -> None:
    sign_in(keeper)
    fail_often(url, "stt", "10.4.0.1")
    for _ in range(2):
        with pytest.raises(TooManyAttempts):
            sign_in(keeper, address="10.4.0.2")
        assert sign_in(keeper)


def test_the_usual_address_waits_for_its_own_failures(keeper: psycopg.Connection) -> None:
    sign_in(keeper)
    assert is_braked_after(let_through(keeper, [("stt", HERE)] * 40), throttle.FREE_PER_PAIR)


def test_an_address_is_usual_for_the_login_that_signed_in_there_and_for_a_month(
    url: str, keeper: psycopg.Connection
) -> None:
    sign_in(keeper)
    assert throttle.begin(keeper, " STT ", HERE).is_usual
    assert not throttle.begin(keeper, "other", HERE).is_usual
    assert not throttle.begin(keeper, "stt", "10.4.0.1").is_usual
    wait(url, 31 * 24 * 3600)
    assert not throttle.begin(keeper, "stt", HERE).is_usual


def test_failing_makes_no_address_usual(keeper: psycopg.Connection) -> None:
    with pytest.raises(WrongCredentials):
        sign_in(keeper, password=WRONG)
    assert not throttle.begin(keeper, "stt", HERE).is_usual


def test_an_address_that_tries_many_logins_is_slowed_down_and_others_are_not(
    url: str, keeper: psycopg.Connection
) -> None:
    guesses = [(f"login-{number}", HERE) for number in range(120)]
    assert is_braked_after(let_through(keeper, guesses), throttle.FREE_PER_ADDRESS)
    fail_often(url, "nobody", HERE)
    with pytest.raises(TooManyAttempts):
        sign_in(keeper)
    assert sign_in(keeper, address="10.9.9.9")


def test_an_office_that_shares_an_address_may_mistype_and_still_sign_in(keeper: psycopg.Connection) -> None:
    for number in range(25):
        throttle.begin(keeper, f"colleague-{number}", HERE)
    assert sign_in(keeper)


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.4", False),
    ],
)
def test_addresses_that_one_customer_has_whole_are_counted_as_one(
    url: str, keeper: psycopg.Connection, one: str, other: str, are_one: bool
) -> None:
    fail_often(url, "other", throttle.network(one))
    assert let_through(keeper, [("stt", other)]) == (0 if are_one else 1)


@pytest.mark.parametrize(
    ("free", "attempt"),
    [
        (throttle.FREE_PER_PAIR, lambda _: ("stt", HERE)),
        (throttle.FREE_PER_LOGIN, lambda number: ("stt", f"10.2.0.{number}")),
        (throttle.FREE_PER_ADDRESS, lambda number: (f"login-{number}", HERE)),
    ],
    ids=["one login at one address", "one login", "one address"],
)
def test_guesses_side_by_side_wait_as_long_as_one_after_the_other(
    url: str, keeper: psycopg.Connection, free: int, attempt: Callable[[int], tuple[str, str]]
) -> None:
    def guess(number: int) -> int:
        with connect(url, "accounts") as connection:
            return let_through(connection, [attempt(number)])

    with ThreadPoolExecutor(8) as pool:
        assert is_braked_after(sum(pool.map(guess, range(48))), free)


def test_an_attempt_whose_password_nobody_looked_at_is_no_failure(keeper: psycopg.Connection) -> None:
    for _ in range(throttle.FREE_PER_PAIR + 3):
        throttle.withdraw(keeper, throttle.begin(keeper, "stt", HERE))
    assert sign_in(keeper)


def test_who_cannot_count_an_attempt_in_time_says_so(url: str, keeper: psycopg.Connection) -> None:
    """A process that was stopped in the middle holds its rows."""
    with connect(url, "owner") as holder:
        holder.execute("select from access.login_lock for update")
        with pytest.raises(SignInBusy) as caught:
            sign_in(keeper)
        holder.rollback()
    assert "try again in 2 s" in str(caught.value)
    assert keeper.execute("select count(*) from access.login_attempt").fetchone() == (0,)
    assert sign_in(keeper)


@pytest.mark.parametrize("role", ["reader", "screens", "loader"])
def test_nobody_else_can_hold_what_sign_ins_wait_for(url: str, keeper: psycopg.Connection, role: Role) -> None:
    with connect(url, role) as other:
        for statement in (
            "select from access.login_lock for update",
            "select from access.login_lock for key share",
            "lock table access.login_lock in share mode",
            "lock table access.login_attempt in share mode",
            "select pg_advisory_lock(1)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(statement.encode())
            other.rollback()
        assert sign_in(keeper)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("st\0t", RIGHT),
        ("stt\0", RIGHT),
        ("stt", RIGHT + "\0"),
        ("stt", "\0"),
        ("\x1b[2J", "\x07"),
        ("\ud800", "\udfff"),
    ],
)
def test_characters_that_no_login_has_are_as_wrong_as_others(
    keeper: psycopg.Connection, login: str, password: str
) -> None:
    with pytest.raises(WrongCredentials):
        sign_in(keeper, login, password)


def test_a_password_that_was_changed_while_it_was_looked_at_opens_nothing(keeper: psycopg.Connection) -> None:
    changes: list[Callable[[], None]] = [
        lambda: directory.set_password(keeper, stt(keeper), "một-mật-khẩu-khác", by_user=True),
        lambda: directory.disable(keeper, stt(keeper)),
    ]
    for change in changes:
        begun = sessions.begin(keeper, "stt", HERE)
        change()
        with pytest.raises(WrongCredentials):
            sessions.open_after(keeper, begun)
