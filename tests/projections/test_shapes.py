"""No store that exists gets an outdated view: each view's form stays what it was."""

from __future__ import annotations

import pytest

from projections.catalogue import VIEWS
from projections.kit.tables.schema import shape

FORMS = {
    "billing": (1, "900848316c3447641b11de386414acaa76d0a80654a9a976d0f0dbf917e66720"),
    "sla": (1, "3d0a43d9d3e041389c666ff17665d120005b5e97563e81581edfc82d02bfbb17"),
    "timeline": (1, "0389fea55e0e71672b4dd5890dc23f9ee609f0a874f775153661d3d94b57b0a3"),
    "workload": (2, "7403613028df0e184060fe9731a2d1252779b58d26a6b40bd9aed44e1314f76c"),
}
"""Each view's version and hash as databases that people have hold them, in the table `about`.

A view that is to change gets a higher version, and a new line here; then every database builds it again.
"""


@pytest.mark.parametrize("view", VIEWS)
def test_a_database_that_exists_need_not_build_its_view_again(view: str) -> None:
    version, form = FORMS[view]
    assert VIEWS[view].version == version
    assert form in {shape(VIEWS[view]), *VIEWS[view].taken_over}


def test_every_view_has_its_form_written_down() -> None:
    assert set(FORMS) == set(VIEWS)
