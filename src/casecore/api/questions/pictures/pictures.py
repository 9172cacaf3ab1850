"""The questions of the pictures: for each there are its rows, and the cases behind a figure of a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from casecore.api.questions.cursors import cut_page, read_cursor
from casecore.api.questions.pictures.asked import PictureOf, behind_form, filter_of, form_of
from casecore.api.questions.question import AnyQuestion, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.pictures.catalogue import PICTURES, Picture
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.pictures.asked import Behind
from projections.pictures.asked import CaseBehind as CaseBehindRow

_SCOPES = (Scope.AGENT, Scope.ANALYST)

CaseBehind = shape_of(CaseBehindRow, name="CaseBehind")


class CasesBehind(msgspec.Struct, frozen=True, kw_only=True):
    """The cases behind a figure, by reference; `next` is the cursor of the next page, null at the end."""

    cases: list[CaseBehind]  # type: ignore[valid-type]
    next: str | None


class _Place(NamedTuple):
    reference: str


def _rows_question(picture: Picture) -> AnyQuestion:
    shape: Any = shape_of(picture.row)
    rows: Any = msgspec.defstruct(
        f"{shape.__name__}Rows",
        [("rows", list[shape])],
        frozen=True,
        kw_only=True,
        namespace={"__doc__": picture.meaning},
        module=__name__,
    )

    def ask(app: Application, viewer: Viewer, asked: PictureOf) -> Any:
        found = app.ask(picture.rows, filter_of(asked), viewer)
        return rows(rows=[shaped(one, shape) for one in found])

    ask.__doc__ = picture.meaning.partition(". ")[0].rstrip(".") + "."
    return Question(f"/v1/{picture.path}", _SCOPES, form_of(picture), rows, ask)


def _cases_question(picture: Picture) -> AnyQuestion:
    form = behind_form(picture)

    def ask(app: Application, viewer: Viewer, asked: Any) -> CasesBehind:
        behind = Behind(
            asked.figure,
            {name: getattr(asked, name) for name in picture.keys},
            asked.limit + 1,
            read_cursor(asked.cursor, _Place).reference if asked.cursor else "",
        )
        found = app.ask(picture.cases, filter_of(asked), behind, viewer)
        page = cut_page(found, asked.limit, lambda one: _Place(one.reference))
        return CasesBehind(cases=[shaped(one, CaseBehind) for one in page.rows], next=page.next)

    path = f"/v1/{picture.path}/cases"
    ask.__doc__ = f"The cases behind a figure of {path[:-6]}, and how often each counts there."
    return Question(path, _SCOPES, form, CasesBehind, ask, cursor=lambda answer: answer.next)


def _questions() -> Iterator[AnyQuestion]:
    for picture in PICTURES:
        yield _rows_question(picture)
        yield _cases_question(picture)


QUESTIONS: tuple[AnyQuestion, ...] = tuple(_questions())
