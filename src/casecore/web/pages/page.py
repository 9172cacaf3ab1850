"""A page as data: where it is, for whom, what is asked, and how its answer is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from casecore.app.application import Application
from casecore.identity.identity import Identity, Scope
from casecore.visibility.rules import Viewer
from casecore.web.rendering.times import LocalTimes

AskedT = TypeVar("AskedT", bound="PageAsked")


class PageAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a page can be asked, in its path and its query; each page has its own."""


class Look(NamedTuple):
    """Who looks, and with what: `app` is an installation for this one answer."""

    app: Application
    identity: Identity
    viewer: Viewer
    times: LocalTimes
    now: datetime


class PageContent(Protocol):
    """What fills a template in: a NamedTuple, whose fields are the template's names."""

    def _asdict(self) -> dict[str, Any]: ...


class Refused(NamedTuple):
    """A form that was refused: which, why, the field at fault if it is one, and what was typed."""

    form: str
    why: str
    field: str
    typed: Mapping[str, str]


class Shown(NamedTuple):
    """What a page shows.

    `title` is a text to translate, or a name. `api` is the address of the same data for programs, empty where
    there is none, with `also` others where it shows several answers. `about` is what the page hears of while
    it is open, empty for nothing: see `casecore.web.live`. What nobody tells it of, it asks for again every
    so many seconds, 0 for never. What is of the past has each instant with its day: today is another one.
    """

    title: str
    content: PageContent
    api: str = ""
    about: str = ""
    every_seconds: int = 0
    is_of_the_past: bool = False
    also: tuple[str, ...] = ()


class SitePage(NamedTuple, Generic[AskedT]):
    """A page, for identities with one of the `scopes`; `section` is its place in the navigation."""

    path: str
    section: str
    scopes: tuple[Scope, ...]
    asked: type[AskedT]
    template: str
    load: Callable[[Look, AskedT], Shown]


AnyPage = SitePage[Any]
