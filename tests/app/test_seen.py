"""What a viewer sees of an event's body: nothing of cases and organisations that are none of its business."""

from __future__ import annotations

import json

from casecore.app.seen.references import body_for
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
