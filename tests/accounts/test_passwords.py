"""Passwords: which are taken, which refused."""

import pytest

from accounts import passwords
from hub.errors import InvalidAccount
from tests.accounts.sign_in import RIGHT


@pytest.mark.parametrize(
    "password",
    [
        *("ngắn", "x" * 257, "aaaaaaaaaaaaaaaa", "password1234", "Password@2023", "qwertyuiop123", "iloveyou2023!"),
        *("stt-1234567890", "SoThongTin@2023", "sothongtinvatruyenthong", "Sở Thông tin 2023", "SttSttStt2023"),
        *("matkhau123456", "Mật khẩu 123", "MatKhau@2023", "langson2023langson", "Lạng Sơn 2023", "Tỉnh Lạng Sơn"),
        *("LangSon@2025!", "anhyeuem12345", "Thành phố Hà Nội", "vietnam@12345", "matkhau" * 20, "nguyenvannam1990"),
    ],
)
def test_a_weak_password_is_refused_with_a_reason(password: str) -> None:
    with pytest.raises(InvalidAccount) as caught:
        passwords.hashed(password, "stt", "Sở Thông tin và Truyền thông")
    assert password not in str(caught.value)


@pytest.mark.parametrize("password", [RIGHT, "bàn ghế xanh trên đồi", "correct horse battery", "Kp7-wq2z_Xm4t"])
def test_a_password_of_several_words_or_of_chance_is_taken(password: str) -> None:
    assert passwords.matches(password, passwords.hashed(password, "stt", "Sở Thông tin và Truyền thông"))


def test_initial_passwords_are_good_and_never_the_same() -> None:
    made = {passwords.initial() for _ in range(50)}
    assert len(made) == 50
    assert all(passwords.hashed(password) for password in list(made)[:1])
