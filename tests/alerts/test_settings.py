"""Settings of alerts that cannot work are refused when they are read, not when a mail is to be sent."""

from typing import Any

import pytest
from pydantic import ValidationError

from alerts.settings import AlertSettings
from tests.installation import FOLDER


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"smtp_password": "mật khẩu"}, "ASCII"),
        ({"smtp_login": "trực"}, "ASCII"),
        ({"sender": "ioc@-.vn"}, "mail address"),
        ({"sender": "trực@langson.gov.vn"}, "mail address"),
        ({"smtp_host": "mail.langson.gov.vn"}, "sender is missing"),
    ],
)
def test_settings_with_which_no_mail_can_be_sent_are_refused(said: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told) as refused:
        AlertSettings(installation=FOLDER, **said)
    assert "mật khẩu" not in str(refused.value)
