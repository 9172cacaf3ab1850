"""The made-up cases have the shapes of the help desk's log: its paths, waits and hours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from casecore.synthetic.draws import Draws
from casecore.synthetic.local_hours import HOUR, hour_of_week
from casecore.synthetic.plan import plan
from casecore.synthetic.shapes import LogStep
from casecore.synthetic.trajectory import LONGEST_LIFE, MOST_STEPS, TimedStep, TrajectoryModel, helpdesk_model
from devtools.shapes import LOG, MAPPING, SHAPES, rows_of, shapes_file

ROOT = Path(__file__).parents[2]
CASES = 4_580
OFFICE_HOURS = range(9, 19)

Case = Sequence[TimedStep]


@pytest.fixture(scope="module")
def log() -> list[Case]:
    return [[TimedStep(row.step, row.at) for row in case] for case in rows_of(ROOT / LOG, ROOT / MAPPING)]


@pytest.fixture(scope="module")
def model() -> TrajectoryModel:
    return helpdesk_model()


@pytest.fixture(scope="module")
def made(model: TrajectoryModel) -> list[Case]:
    """As many cases as the log has."""
    of = plan(CASES, 7, date(2010, 1, 11), cases_a_day=4)
    cases = []
    for number in range(CASES):
        draws = Draws(f"7/{number}")
        path = model.path(draws)
        cases.append(model.timed(path, model.opened_at(of, number + draws.share()), draws))
    return cases


def test_the_file_holds_what_the_log_gives() -> None:
    assert (ROOT / SHAPES).read_bytes() == shapes_file(ROOT)


def test_paths_are_as_frequent_as_in_the_log(log: list[Case], made: list[Case]) -> None:
    def paths(cases: list[Case]) -> Counter[tuple[LogStep, ...]]:
        return Counter(tuple(t.step for t in case if t.step is not LogStep.OPEN) for case in cases)

    theirs, ours = paths(log), paths(made)
    # Given the ten most frequent paths of the log, which are four fifths of its cases
    frequent = [path for path, _ in theirs.most_common(10)]
    assert sum(theirs[path] for path in frequent) > 0.8 * CASES

    # Then each has its share, within one and a half in a hundred of all cases
    for path in frequent:
        assert abs(theirs[path] - ours[path]) < 0.015 * CASES, path
    # And of all paths, one case in ten at most would have to go another way; two halves of the log differ by
    # one in twelve.
    assert sum((theirs - ours).values()) < 0.1 * CASES
    assert 100 < len(ours) < 400


def test_steps_wait_for_each_other_as_long_as_in_the_log(log: list[Case], made: list[Case]) -> None:
    def waits(cases: list[Case]) -> dict[tuple[LogStep, LogStep], list[int]]:
        found = defaultdict(list)
        for case in cases:
            for before, then in pairwise(case):
                found[before.step, then.step].append(then.at - before.at)
        return found

    theirs, ours = waits(log), waits(made)
    frequent = [pair for pair in theirs if len(theirs[pair]) > 250]
    assert len(frequent) == 9
    for pair in frequent:
        # Nothing differs where it takes seconds; else by three tenths at most.
        assert median(ours[pair]) == pytest.approx(median(theirs[pair]), rel=0.3, abs=1_800), pair


def test_people_work_at_the_hours_of_the_log(log: list[Case], made: list[Case]) -> None:
    def in_office_hours(cases: list[Case], weekdays: range) -> float:
        hours = [hour_of_week(t.at) for case in cases for t in case if t.step is not LogStep.CLOSE]
        return sum(h // 24 in weekdays and h % 24 in OFFICE_HOURS for h in hours) / len(hours)

    assert in_office_hours(log, range(5)) > 0.99
    assert in_office_hours(made, range(5)) > 0.98


def test_closing_goes_on_at_weekends(log: list[Case], made: list[Case]) -> None:
    def at_weekends(cases: list[Case]) -> float:
        closings = [t for case in cases for t in case if t.step is LogStep.CLOSE]
        return sum(hour_of_week(t.at) // 24 >= 5 for t in closings) / len(closings)

    assert at_weekends(made) == pytest.approx(at_weekends(log), abs=0.08)


def test_nearly_all_cases_are_closed_and_none_lives_too_long(log: list[Case], made: list[Case]) -> None:
    def closed(cases: list[Case]) -> float:
        return sum(case[-1].step is LogStep.CLOSE for case in cases) / len(cases)

    assert closed(made) == pytest.approx(closed(log), abs=0.02)
    for case in (*log, *made):
        assert case[-1].at - case[0].at <= LONGEST_LIFE
        assert len(case) <= MOST_STEPS + 1
        assert all(before.at <= then.at for before, then in pairwise(case))


def test_each_week_opens_as_many_cases_and_a_later_place_is_never_earlier(model: TrajectoryModel) -> None:
    of = plan(1_000, 7, date(2025, 1, 1), cases_a_day=5)
    opened = [model.opened_at(of, place / 4) for place in range(4_000)]

    assert opened == sorted(opened)
    assert all(abs(opened[place + 140] - opened[place] - 7 * 86_400) <= HOUR for place in range(3_860))
