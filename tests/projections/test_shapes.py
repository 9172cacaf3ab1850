"""No store that exists gets an outdated view: each view's form stays what it was."""

from __future__ import annotations

import pytest

from projections.catalogue import VIEWS
from projections.kit.tables.schema import shape

FORMS = {
    "billing": (1, "900848316c3447641b11de386414acaa76d0a80654a9a976d0f0dbf917e66720"),
    "sla": (3, "7b9d4034e742171fca726e616974364f99c5a85c5883f317500cb8c855e6e286"),
    "timeline": (1, "4b28bf83d9b8243284e201871030575ff11634fbeb7f065049d8224b8102f1dd"),
    "workload": (2, "d9fe32f8fa203c86e561587e4d4ef895a432e29b57a6879b18ca6ed1db4d222c"),
}
"""Each view's version and hash as databases that people have hold them, in the table `about`.

A view that is to change gets a higher version, and a new line here; then every database builds it again.
"""

EARLIER = {
    "billing": (1, "900848316c3447641b11de386414acaa76d0a80654a9a976d0f0dbf917e66720"),
    "timeline": (1, "0389fea55e0e71672b4dd5890dc23f9ee609f0a874f775153661d3d94b57b0a3"),
    "workload": (2, "7403613028df0e184060fe9731a2d1252779b58d26a6b40bd9aed44e1314f76c"),
}
"""The same as bee97ac and later programs wrote them, while words of enumerations counted.

A view that gets a higher version leaves this list, and its `taken_over` goes.
"""


@pytest.mark.parametrize("view", VIEWS)
def test_a_database_that_exists_need_not_build_its_view_again(view: str) -> None:
    version, form = VIEWS[view].version, shape(VIEWS[view])
    assert FORMS.get(view) == (version, form), f'of a new version: "{view}": ({version}, "{form}"),'


@pytest.mark.parametrize("view", EARLIER)
def test_a_database_of_an_earlier_program_need_not_build_its_view_again_either(view: str) -> None:
    version, form = EARLIER[view]
    assert VIEWS[view].version == version
    assert form == FORMS[view][1] or VIEWS[view].taken_over == (form, FORMS[view][1])


def test_every_view_has_its_form_written_down() -> None:
    assert set(FORMS) == set(VIEWS)
