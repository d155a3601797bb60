"""Addresses with their host, for what is read elsewhere: files and paper."""

from starlette.requests import Request


def absolute(request: Request, path: str) -> str:
    """The address at which whoever sent the request reaches a page."""
    return f"{str(request.base_url).rstrip('/')}{path}"
