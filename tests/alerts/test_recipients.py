"""What may stand as an address in recipients.csv."""

import pytest
from pydantic import ValidationError

from alerts.recipients import RecipientRow


@pytest.mark.parametrize(
    "address",
    ["truc@ioc.langson.gov.vn", "truc+ioc@mail-1.example.vn", "o'neil@example.vn", "https://chat.example.vn/hooks/ioc"],
)
def test_a_mail_address_or_a_webhook_is_taken(address: str) -> None:
    assert RecipientRow.model_validate({"address": address}).address == address


@pytest.mark.parametrize(
    "address",
    [
        "truc",
        "truc@langson",
        "a@@b.vn",
        "a@b..vn",
        ".a@b.vn",
        "a..b@c.vn",
        "a.@b.vn",
        "a@-b.vn",
        "a@b-.vn",
        "a@b_c.vn",
        "trực@langson.gov.vn",
        "truc@lạngsơn.vn",
        "a(b)@c.vn",
        "a\x00@b.vn",
        f"{'a' * 65}@b.vn",
        f"a@{'b' * 64}.vn",
        f"a@{'b.' * 130}vn",
        "ftp://example.vn",
    ],
)
def test_what_no_mail_can_be_sent_to_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        RecipientRow.model_validate({"address": address})
