"""The parameters of pictures and of the cases behind their figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, get_type_hints

import msgspec

from casecore.api.questions.question import Asked
from casecore.app.pictures.catalogue import Picture
from casecore.contract.cases import Priority
from casecore.decider.business_day import day_of
from casecore.http.cursors import Limit
from casecore.http.requests.days import check_days
from projections.pictures.asked import PictureFilter

_FIGURE = "Which figure of the row."


class PictureOf(Asked, frozen=True, kw_only=True):
    """Of which cases, of those that the identity sees.

    `organisation` is whose turn a case is or was last; where the rows name an organisation, it is that one.
    """

    organisation: str | None = None
    customer: str | None = None
    seller: str | None = None
    topic: str | None = None
    priority: Priority | None = None


class PictureOfDays(PictureOf, frozen=True, kw_only=True):
    """Of which cases, of those that the identity sees, and of which days in Europe/Berlin, both included.

    `organisation` is whose turn a case is or was last; where the rows name an organisation, it is that one.
    """

    since: date | None = None
    until: date | None = None


def form_of(picture: Picture) -> type[PictureOf]:
    """What a picture can be asked."""
    return PictureOfDays if picture.of_days else PictureOf


def behind_form(picture: Picture) -> type[msgspec.Struct]:
    """What the cases behind a picture's figure can be asked: as the picture, and the row and the figure.

    A key that is also something to filter by is one of both: the row's.
    """
    base, hints = form_of(picture), get_type_hints(picture.row)
    keys: list[Any] = []
    for name in picture.keys:
        hint = hints[name] | None if name in picture.optional else hints[name]
        keys.append((name, hint, None) if type(None) in _members(hint) else (name, hint))
    return msgspec.defstruct(
        f"{picture.row.__name__}Behind",
        [
            *keys,
            ("figure", Annotated[Literal[picture.figures], msgspec.Meta(description=_FIGURE)]),
            ("limit", Limit, 100),
            ("cursor", str | None, None),
        ],
        bases=(base,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        namespace={"__doc__": _meaning(picture)},
        module=__name__,
    )


def _members(hint: Any) -> tuple[Any, ...]:
    return tuple(getattr(hint, "__args__", ()))


def _meaning(picture: Picture) -> str:
    keys = ", ".join(f"`{name}`" for name in picture.keys)
    text = f"Which figure of the picture, in the row with {keys}, of the same cases and days."
    if "agent" in picture.keys:
        text += " Without `agent` it is the row of nobody."
    if "day" in picture.optional:
        text += " Without `day` it is that of all days from `since` to `until`."
    return text


def now() -> datetime:
    """The instant of which an answer is."""
    return datetime.now(UTC)


def filter_of(asked: PictureOf) -> PictureFilter:
    """Which cases and days are asked about, as of now; raises InvalidRequest for too many days."""
    since, until = getattr(asked, "since", None), getattr(asked, "until", None)
    if since is not None:
        check_days(since, until or day_of(now()))
    given = {name: getattr(asked, name) for name in ("organisation", "customer", "seller", "topic")}
    return PictureFilter(
        **given,
        priority=asked.priority.value if asked.priority else None,
        since=since,
        until=until,
        at=now(),
    )
