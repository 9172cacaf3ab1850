"""What a viewer sees of an event's body: nothing of cases and organisations that are none of its business."""

from __future__ import annotations

import json

import pytest

from casecore.app.seen.references import body_for, without_on_behalf
from casecore.visibility.rules import Viewer

POLICY = {"organisation": "nord", "match": {"customers": ["praxis", "zahn"], "sellers": ["nord", "sued"]}}
PINNED = json.dumps({"data": {"customer": "praxis", "seller": "nord", "policy": POLICY}}).encode()


def pinned_for(organisation):
    seen = body_for(Viewer(organisation, is_vendor=False), PINNED, lambda _: False)
    return json.loads(seen)["data"]["policy"]["match"]


def test_a_pinned_policy_names_whom_else_it_is_for_to_its_organisation_only():
    assert pinned_for("nord") == POLICY["match"]
    assert pinned_for("praxis") == {"customers": ["praxis"], "sellers": ["nord"]}
    assert body_for(None, PINNED, lambda _: False) == PINNED


ASKED_FOR = {"person": "ida", "organisation": "nord", "role": "seller"}


@pytest.mark.parametrize("show", [lambda *given: body_for(*given, lambda _: True), without_on_behalf])
@pytest.mark.parametrize("data", [{"reference": "C-1"}, ["of a form that nobody knows"]])
def test_on_whose_behalf_the_system_acted_is_for_their_organisation_and_the_vendor(show, data):
    fact = {"actor": {"person": "import:desk"}, "data": data}
    body = json.dumps({**fact, "on_behalf_of": ASKED_FOR}).encode()
    for viewer in (None, Viewer("nord", is_vendor=False), Viewer("vendor", is_vendor=True)):
        assert show(viewer, body) == body
    assert json.loads(show(Viewer("praxis", is_vendor=False), body)) == fact
    # And of a form that a newer program gives it, for nobody who has an identity
    newer = json.dumps({**fact, "on_behalf_of": "seller:nord:ida"}).encode()
    assert json.loads(show(Viewer("vendor", is_vendor=True), newer)) == fact
