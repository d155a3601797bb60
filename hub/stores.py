"""Stores of files, such as buckets: the errors of the packages that reach them."""

import sys

_ERRORS = [("botocore.exceptions", "BotoCoreError"), ("botocore.exceptions", "ClientError"), ("aiohttp", "ClientError")]


def store_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What an fsspec file system raises when a store does not answer or refuses: OSError, and errors of packages that
    it works by. Those are loaded where one of them has raised. `others` are added."""
    loaded = [(sys.modules.get(module), name) for module, name in _ERRORS]
    return (OSError, *others, *(getattr(module, name) for module, name in loaded if module is not None))


def reason(error: Exception) -> str:
    """What went wrong, in the words of the system or the store."""
    return str(getattr(error, "strerror", None) or error)
