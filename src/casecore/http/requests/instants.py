"""Instants in what a request asks: text with a zone, and never a number, which would be one of 1970."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import get_args, get_type_hints

from casecore.http.problems import InvalidRequest

_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")


def check_instants(given: Mapping[str, str], form: type) -> None:
    """Raise InvalidRequest for a number where a form has an instant: a year would be one of 1970."""
    for name in _instants_of(form).intersection(given):
        if _NUMBER.fullmatch(given[name]):
            raise InvalidRequest(
                f"the parameter {name} is {given[name][:20]}: write an instant, such as 2026-03-02T09:00:00Z"
            )


@cache
def _instants_of(form: type) -> frozenset[str]:
    hints = get_type_hints(form)
    return frozenset(name for name, hint in hints.items() if hint is datetime or datetime in get_args(hint))
