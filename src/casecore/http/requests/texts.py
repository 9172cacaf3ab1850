"""What a query or an HTML form gives, which are texts, as the form that is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec

from casecore.http.problems import InvalidRequest

_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")


def from_texts(given: Mapping[str, Any], form: type[msgspec.Struct]) -> Any:
    """The form, by its fields as texts: a number, a truth value and a day are read from theirs.

    Raises InvalidRequest for a number where the form has an instant, which would be one of 1970, and
    msgspec.ValidationError for what is not of the form.
    """
    for name in _instants_of(form).intersection(given):
        if _NUMBER.fullmatch(given[name]):
            raise InvalidRequest(
                f"the parameter {name} is {given[name][:20]}: write an instant, such as 2026-03-02T09:00:00Z"
            )
    return msgspec.convert(given, form, strict=False)


@cache
def _instants_of(form: type) -> frozenset[str]:
    hints = get_type_hints(form)
    return frozenset(name for name, hint in hints.items() if hint is datetime or datetime in get_args(hint))
