"""All problems as a page for people: each has the anchor that the `type` of a problem names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus

from casecore.api.description.markup import Markup, element, fields, joined, line, page, prose
from casecore.api.description.parts import MEANINGS
from casecore.api.description.problems import KnownProblem, all_problems


@cache
def problems_page() -> bytes:
    """All problems, by status and code."""
    by_status: defaultdict[HTTPStatus, defaultdict[str, list[KnownProblem]]]
    by_status = defaultdict(lambda: defaultdict(list))
    for known in all_problems():
        by_status[known.status][known.code].append(known)
    statuses = sorted(by_status)
    return page(
        "/docs/problems",
        "Problems",
        _contents(statuses),
        prose(
            "An answer that is an error is a problem (RFC 9457), `application/problem+json`. Its `code` is "
            "one of these; `detail` says what is wrong and what would be right, `field` names "
            "the member of the body that is at fault, and `details` has the values that the message names."
        ),
        *(_status(status, by_status[status]) for status in statuses),
    )


def _contents(statuses: Iterable[HTTPStatus]) -> Markup:
    return element(
        "ul",
        *(
            element("li", element("a", f"{status.value} {status.phrase}", href=f"#status-{status.value}"))
            for status in statuses
        ),
    )


def _status(status: HTTPStatus, codes: Mapping[str, list[KnownProblem]]) -> Markup:
    return element(
        "section",
        element("h2", f"{status.value} {status.phrase}", id=f"status-{status.value}"),
        prose(MEANINGS[status]),
        fields(
            (
                element("a", element("code", code), href=f"#{code}", id=code),
                joined(element("p", line(known.meaning)) for known in knowns),
            )
            for code, knowns in codes.items()
        ),
    )
