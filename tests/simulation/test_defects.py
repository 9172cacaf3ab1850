"""The checks are checked: a law catches every deliberate defect of the program within its seeds."""

from __future__ import annotations

import pytest

from tests.simulation import laws
from tests.simulation.campaign import is_caught
from tests.simulation.defects.catalogue import DEFECTS


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_caught(defect: str) -> None:
    law = is_caught(defect)
    assert law is not None
    assert law in laws.LAWS or law.startswith("a process fails")
