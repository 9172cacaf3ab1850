"""From which pages a browser may send something: our own, under the names by which they are reached."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import Request

from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.problems import InvalidRequest
from casecore.http.protection.encoded_slashes import encoded_path


class HostUnknown(InvalidRequest):
    """The page was asked for under a name that is not its own."""


class FromElsewhere(CasecoreError):
    """A form was not sent by a page of ours."""

    kind = Kind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("this form was not sent from its own page: open the page, and send it again")


def check_host(request: Request, hosts: Collection[str]) -> None:
    """Raise HostUnknown unless the page is asked for under one of its own names, with the port if it has one.

    Another name could be of a page elsewhere that has led the browser here (DNS rebinding).
    """
    if request.headers.get("host", "").lower() not in hosts:
        raise HostUnknown("the page is not known under this name: use the address that the program prints")


def check_origin(request: Request) -> None:
    """Raise FromElsewhere for a form that a page of another origin has sent.

    A browser says with each form from where it comes, in Origin; where a setting of it hides that, as null,
    it says so in Sec-Fetch-Site.
    """
    origin = request.headers.get("origin")
    if origin in (None, "null"):
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise FromElsewhere
        return
    try:
        found = urlsplit(origin)
    except ValueError:  # such as http://[
        raise FromElsewhere from None
    if (found.scheme, found.netloc) != (request.url.scheme, request.headers.get("host", "").lower()):
        raise FromElsewhere


def address_of(request: Request) -> str:
    """The path and the query that is asked for, as it is sent: a name may hold any character."""
    path, query = encoded_path(request.scope), request.url.query
    return f"{path}?{query}" if query else path


def origin_of(request: Request, address: str) -> str:
    """Where the browser reaches the page: at the address that is set, or under the name it has asked for.

    That name is one of ours: see `check_host`.
    """
    return address or f"{request.url.scheme}://{request.headers.get('host', '').lower()}"


def local_path(given: str) -> str:
    """A path of this page to which somebody may be led; the first page for anything else."""
    is_ours = given.startswith("/") and not given.startswith(("//", "/\\")) and "\\" not in given
    return given if is_ours and given.isprintable() else "/"
