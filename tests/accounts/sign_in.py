"""The account `stt` of the tests, and a whole sign-in, step by step as the screens do it."""

from typing import Any

import psycopg

from accounts import directory, passwords, sessions
from accounts.sessions import NewSession
from hub.errors import WrongCredentials

RIGHT = "đúng-mật-khẩu-2023"


def sign_in(connection: psycopg.Connection[Any], login: str, password: str, address: str) -> NewSession:
    begun = sessions.begin(connection, login, address)
    if not passwords.matches(password, begun.password_hash):
        raise WrongCredentials
    opened = sessions.open_after(connection, begun)
    connection.commit()
    return opened


def stt(keeper: psycopg.Connection[Any]) -> directory.Account:
    return directory.find(keeper, "stt")
