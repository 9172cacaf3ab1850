"""The page on which one logs in: what it offers to a browser, and why a login did not work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request

from casecore.app.logging_in.demo_people import DemoPeople, DemoPerson
from casecore.http.protection.peers import is_from_this_machine
from casecore.identity.code_flow import CodeFlow
from casecore.identity.key_file import KeyFile
from casecore.web.door import WebDoor
from casecore.web.frame import frame_of, rendered
from casecore.web.pages.page import Shown
from casecore.web.rendering.words import N_


class LoginOptions(NamedTuple):
    """How one can log in.

    `keys` is None where no key is taken, `flow` where no issuer is asked. `address` is where browsers reach
    the page; empty: by the name under which they ask for it.
    """

    keys: KeyFile | None
    keys_from_anywhere: bool
    people: DemoPeople
    flow: CodeFlow | None = None
    address: str = ""


class LoginPage(NamedTuple):
    """How one can log in from where the browser is.

    `wrong` is why it did not work just now, `tried_key` whether that was with a key.
    """

    back: str
    wrong: str
    tried_key: bool
    takes_keys: bool
    people: Sequence[DemoPerson]
    provider: str


def login_page(
    door: WebDoor,
    options: LoginOptions,
    request: Request,
    back: str,
    wrong: str = "",
    *,
    tried_key: bool = False,
) -> bytes:
    """The page for a request; one goes on to `back`."""
    near = is_from_this_machine(request.scope)
    page = LoginPage(
        back=back,
        wrong=wrong,
        tried_key=tried_key,
        takes_keys=options.keys is not None and (near or options.keys_from_anywhere),
        people=options.people.read() if near else (),
        provider=options.flow.name if options.flow else "",
    )
    # The switch of the language leads to where one can be led again, and not to what was sent.
    here = f"/login?{urlencode({'back': back})}"
    frame = frame_of(request, None, door.zone)._replace(path="/login", here=here)
    return rendered(frame, "login.html", Shown(N_("Log in"), page))
