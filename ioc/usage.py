"""What is wrong with a command line, in the chosen language: Typer itself speaks English only."""

import re

from typer.exceptions import TyperException

from ioc.output import err
from ioc.texts import say

_VIETNAMESE = (
    (r"Missing option (.+)\.$", r"Thiếu tuỳ chọn \1."),
    (r"Missing argument (.+)\.$", r"Thiếu đối số \1."),
    (r"Missing command\.$", "Thiếu tên lệnh."),
    (r"No such option: ", "Không có tuỳ chọn "),
    (r"No such command (.+?)\.", r"Không có lệnh \1."),
    (r"Got unexpected extra arguments?\(?s?\)? ", "Thừa đối số "),
    (r"Option (.+) requires an argument\.", r"Tuỳ chọn \1 cần một giá trị."),
    (r"Option (.+) does not take a value\.", r"Tuỳ chọn \1 không nhận giá trị."),
    (r"Invalid value for (.+?): ", r"Giá trị của \1 không hợp lệ: "),
    (r"Invalid value: ", "Giá trị không hợp lệ: "),
    (r"Input should be a valid integer.*", "phải là số nguyên"),
    (r"Input should be greater than or equal to (\S+)", r"phải từ \1 trở lên"),
    (r"Input should be less than or equal to (\S+)", r"không được quá \1"),
    (r"Did you mean (.+)\?", r"Ý bạn là \1?"),
    (r"\(Possible options: ", "(gần giống: "),
)
"""What Typer says of the mistakes that people make; anything else stays English."""


def tell(error: TyperException) -> None:
    """How the command is used, and what is wrong, on stderr; nothing where Typer has printed the help instead."""
    message = error.format_message()
    for pattern, vietnamese in _VIETNAMESE:
        message = say(re.sub(pattern, vietnamese, message), message)
    if not message.strip():
        return
    context = getattr(error, "ctx", None)
    if context is not None:
        hint = f"{context.command_path} --help"
        for line in (context.get_usage(), say(f"Xem `{hint}`", f"See `{hint}`")):
            err.print(line, markup=False, highlight=False, soft_wrap=True)
    err.print(f"✗ {message}", style="red", markup=False, highlight=False, soft_wrap=True)
