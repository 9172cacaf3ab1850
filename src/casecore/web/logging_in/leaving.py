"""Leading a browser to the issuer."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from casecore.web.door import WebDoor
from casecore.web.frame import frame_of, page_response, rendered
from casecore.web.pages.page import Shown
from casecore.web.rendering.words import N_


class Leaving(NamedTuple):
    """Where the browser goes, and what people call the place."""

    where: str
    provider: str


def leading_to(door: WebDoor, request: Request, leaving: Leaving) -> Response:
    """A page that leads on at once, also without a script.

    It is the answer to a form, and not a redirect: of those a browser asks the policy of the form's page
    (form-action), at each step, and which other servers an issuer passes a browser on to nobody knows here.
    """
    frame = frame_of(request, None, door.zone)._replace(path="/login", here="/login")
    body = rendered(frame, "leaving.html", Shown(N_("One moment"), leaving))
    return page_response(body, headers={"Refresh": f"0; url={leaving.where}"})
