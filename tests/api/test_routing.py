"""A route is found as Starlette finds it, among fewer."""

from __future__ import annotations

import re

import pytest
from starlette.routing import BaseRoute, Match

from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.http.routing import IndexedRouter
from casecore.http.serving.metrics import ApiMetrics
from casecore.serving.application import make_application

METHODS = ("GET", "HEAD", "POST", "PUT")
NAMES = ("C-1", "message", "timeline", "totals", "problems", "")
"""What stands for a parameter: also words that other routes have there, and nothing."""


def first_that_matches(routes, method, path) -> BaseRoute | None:
    scope = {"type": "http", "method": method, "path": path}
    return next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)


@pytest.fixture
def router(tmp_path) -> IndexedRouter:
    with open_app(read_settings({"CASECORE_HOME": str(tmp_path)}), Addresses("postgresql:///", "")) as app:
        return make_application(app, ApiMetrics()).router


def test_each_path_is_answered_by_the_first_route_that_matches(router) -> None:
    paths = {re.sub(r"{[^}]*}", name, route.path) for route in router.routes for name in NAMES}
    assert len(paths) > len(router.routes)
    for path in sorted(paths | {f"{path}/more" for path in paths}):
        for method in METHODS:
            expected = first_that_matches(router.routes, method, path)
            found = first_that_matches(router.candidates(method, path), method, path)
            # What is not among the candidates is looked for among all
            assert found is expected or (found is None and ":path" in expected.path), (method, path)


def test_a_command_is_looked_for_among_few(router) -> None:
    assert len(router.routes) > 70
    assert len(router.candidates("POST", "/v1/cases/C-1/message")) == 1
    assert len(router.candidates("GET", "/v1/cases/C-1")) < 10
