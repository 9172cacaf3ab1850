"""If-Match is read as RFC 9110 says: a list of tags, compared strongly, or any version."""

from __future__ import annotations

import pytest

from casecore.api.requests.preconditions import read_if_match
from casecore.http.problems import InvalidRequest


@pytest.mark.parametrize(
    ("given", "versions", "asked"),
    [
        ('"3"', {3}, "3"),
        (' "3" ', {3}, "3"),
        ('"3","12" ,\t"4"', {3, 4, 12}, "3, 4, 12"),
        ('"3",, "4"', {3, 4}, "3, 4"),
        ('"3",', {3}, "3"),
        ('W/"3", "4"', {4}, "4"),
        ('W/"3"', set(), 'W/"3"'),
        ('"03"', set(), '"03"'),
        ('"of-another-program"', set(), '"of-another-program"'),
        ('""', set(), '""'),
    ],
)
def test_a_list_of_tags_names_versions(given, versions, asked):
    read = read_if_match(given)
    assert (read.versions, read.asked) == (versions, asked)


def test_any_version_is_one_of_what_is_there():
    read = read_if_match(" * ")
    assert (read.holds_at(0), read.holds_at(1), read.holds_at(7)) == (False, True, True)


@pytest.mark.parametrize("given", ["", "3", '"3', '"3" "4"', '"3";"4"', "*, *", '"a b"', 'w/"3"'])
def test_what_is_no_list_of_tags_is_refused(given):
    with pytest.raises(InvalidRequest, match="If-Match"):
        read_if_match(given)
