"""No store that exists gets an outdated view: each view's form stays what it was."""

from __future__ import annotations

import pytest

from projections.catalogue import VIEWS
from projections.kit.tables.schema import shape

FORMS = {
    "billing": (1, "6a1b89870f758d5ecb1db5b7104022c3060f341222acaa77a7d4ef2b4b32c7cc"),
    "sla": (5, "e5dbb1e416e8b9bd5df94f24f7b862dfbbdaef3d43eb744cc77b1c87c209fc95"),
    "timeline": (3, "14db36f9c62f873d94e27e35fb9b4e3919bbaca6e68fdb289a88fb87a187a0c7"),
    "workload": (4, "45088dcc692d1c69f00036da5bd2c63dbbf047e0e290282cdd1a56026b832e27"),
}
"""Each view's version and hash as databases that people have hold them, in the table `about`.

A view that is to change gets a higher version, and a new line here; then every database builds it again.
"""

EARLIER = [
    ("billing", 1, "900848316c3447641b11de386414acaa76d0a80654a9a976d0f0dbf917e66720"),
]
"""The same as bee97ac and later programs wrote them: words of enumerations counted, or comments were others.

A view that gets a higher version leaves this list, and its `taken_over` goes.
"""


@pytest.mark.parametrize("view", VIEWS)
def test_a_database_that_exists_need_not_build_its_view_again(view: str) -> None:
    version, form = VIEWS[view].version, shape(VIEWS[view])
    assert FORMS.get(view) == (version, form), f'of a new version: "{view}": ({version}, "{form}"),'


@pytest.mark.parametrize(("view", "version", "form"), EARLIER)
def test_a_database_of_an_earlier_program_need_not_build_its_view_again_either(
    view: str, version: int, form: str
) -> None:
    assert VIEWS[view].version == version
    today, taken_over = FORMS[view][1], VIEWS[view].taken_over
    assert form == today or (taken_over is not None and taken_over.today == today)
    assert form == today or (taken_over is not None and form in taken_over.earlier)


def test_every_view_has_its_form_written_down() -> None:
    assert set(FORMS) == set(VIEWS)
