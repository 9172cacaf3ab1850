"""Every expected error says what it means to the caller, under a code of its own."""

from __future__ import annotations

from collections import Counter

from casecore.errors.kinds import CasecoreError, Kind
from tests.cli.test_hints import ERRORS, below

DEFECTS = {"casecore_error", "bus_closed"}
"""The base, and what only a fault of the program leads to."""

SHARED = {"day_out_of_range"}
"""A code that programs know of two refusals."""


def test_an_expected_error_has_a_kind_from_which_doors_take_how_they_end() -> None:
    assert {code for code, error in ERRORS.items() if error.kind is Kind.DEFECT} == DEFECTS


def test_no_two_errors_share_a_code() -> None:
    times = Counter(
        error.code
        for error in set(below(CasecoreError))
        if error.__module__.startswith(("casecore.", "projections."))
    )
    assert {code: count for code, count in times.items() if count > 1}.keys() == SHARED
    assert set(times) <= set(ERRORS)


def test_every_error_is_explained() -> None:
    assert [code for code, error in ERRORS.items() if not (error.__doc__ or "").strip()] == []
