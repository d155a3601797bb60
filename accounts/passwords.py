"""Passwords: not easily guessed, as zxcvbn judges; kept as argon2id, with the same work whether or not there is a hash
to compare with."""

import re
import secrets
from collections.abc import Sequence
from functools import cache

from pwdlib import PasswordHash
from zxcvbn import zxcvbn

from hub.errors import InvalidAccount
from hub.texts import without_marks
from hub.translation import msg
from warehouse.reference import province_names

SHORTEST, LONGEST = 12, 256
"""Characters; hashing a long one costs the server work."""
_JUDGED = 72
"""Characters of which it is judged how easily they are guessed, as many as zxcvbn takes."""
_SEPARATORS = re.compile(r"[\W_]")
_COMMON = (
    *("matkhau", "mat", "khau", "anhyeuem", "emyeuanh", "yeu", "vietnam", "viet", "nam", "quantri", "quantrivien"),
    *("chinhquyen", "chinhphu", "uyban", "nhandan", "uybannhandan", "ubnd", "hdnd", "sothongtin", "tinhuy", "huyenuy"),
    *("congchuc", "vanthu", "vanphong", "lanhdao", "giamsat", "dieuhanh", "trungtam", "thanhpho", "tinh", "huyen"),
    *("xinchao", "chao", "khongbiet", "khongco", "khong", "taikhoan", "dangnhap", "nguoidung", "maytinh", "hethong"),
    *("hoasen", "bachkhoa", "hoabinh", "doclap", "tudo", "hanhphuc", "bacho", "hochiminh", "saigon", "congan"),
    *("nguyen", "tran", "pham", "hoang", "phan", "dang", "bui", "ngo", "duong", "gia", "dinh", "giadinh", "conyeu"),
    *("nguyenvan", "nguyenthi", "tranvan", "tranthi", "levan", "lethi", "phamvan", "phamthi"),
    *("van", "thi", "minh", "anh", "tuan", "hung", "dung", "huong", "linh", "hoa"),
)
"""Words of Vietnamese passwords, which zxcvbn's own lists, mostly English, do not have; without marks."""


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe())


def hashed(password: str, *known: str) -> str:
    """The hash to keep; `known` are texts that a guess begins with, such as the login. Raises InvalidAccount for a
    password that is easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidAccount(
            msg("a password must have {shortest} to {longest} characters", shortest=SHORTEST, longest=LONGEST),
        )
    if not password.isprintable():
        raise InvalidAccount(msg("the password holds a control character"))
    if _is_easily_guessed(password, known):
        raise InvalidAccount(
            msg(
                "the password is easily guessed (common words, the login, names of places, dates, repetitions, keys"
                " side by side): choose several words that have nothing to do with one another"
            ),
        )
    return _hasher().hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password of that hash. Without a hash it takes as long, and is not."""
    given = password[: LONGEST + 1].encode(errors="backslashreplace").decode()  # a lone surrogate is no text
    right = _hasher().verify(given, kept or _nobodys())
    return right and kept is not None


def initial() -> str:
    """An initial password, shown once."""
    return secrets.token_urlsafe(12)


def _is_easily_guessed(password: str, known: Sequence[str]) -> bool:
    """By zxcvbn's score, 0 to 4. What separates words makes them harder to guess than it counts."""
    words = [*_words(*known), *_COMMON, *_words(*province_names().values())]
    plain = without_marks(password)
    together = _SEPARATORS.sub("", plain) or plain
    scores = [zxcvbn(text[:_JUDGED], words)["score"] for text in (plain, together)]
    return bool(scores[0] < 4 or scores[1] < 3)


def _words(*texts: str) -> list[str]:
    """The words of texts by themselves and written together, as passwords have them: Lạng Sơn → lang, son, langson."""
    plain = [without_marks(text).lower().split() for text in texts]
    return list(dict.fromkeys(word for words in plain for word in (*words, "".join(words), "".join(words[1:])) if word))
