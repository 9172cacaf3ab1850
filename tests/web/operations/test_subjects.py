"""The cases behind a figure are known by what they are about, to those who may look at cases."""

from __future__ import annotations

import re

from casecore.identity.identity import Scope
from projections.timeline.projection import TIMELINE
from tests.projections.stored import fold_store
from tests.web.operations.conftest import IDA
from tests.web.sites import Site

BEHIND = "/operations/agent-load/cases?organisation=nord&figure=cases"


def test_cases_behind_a_figure_say_what_they_are_about_to_whoever_may_open_them(desk: Site) -> None:
    fold_store(desk.database, TIMELINE)

    agent = desk.as_(IDA, Scope.AGENT, Scope.ANALYST).look(BEHIND).text
    analyst = desk.as_(IDA, Scope.ANALYST).look(BEHIND).text

    named = re.findall(r'<span class="named">(.*?)</span> <span class="reference">(C-\d)<', agent)
    assert named == [("It does not start", case) for case in ("C-3", "C-4", "C-5")]
    assert "C-3" in analyst
    assert "It does not start" not in analyst
