"""The running API keeps to its description, for requests that follow it and for those that do not."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.api.description.document import openapi, operations_of
from casecore.identity.identity import Scope
from projections.catalogue import VIEWS
from tests.profiles import scaled
from tests.projections.stored import fold_store

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}
SENDABLE = {
    f"{method.upper()} {path}"
    for method, path, operation in operations_of(openapi("0.1.0"))
    if "application/json" in operation.get("requestBody", {}).get("content", ["application/json"])
}
"""The operations whose bodies schemathesis can make: those in JSON, and those without one."""


@pytest.fixture
def identities(door):
    """A seller's and the vendor's, for everything."""
    names = ("seller:nord:ida", "vendor:vendor:ann")
    return [door.key(name, *Scope)["Authorization"] for name in names]


@pytest.fixture
def case(door, identities, database):
    """A case that both may see, in the views."""
    headers = {"Authorization": identities[0], "Idempotency-Key": str(uuid4())}
    opened = door.client.post("/v1/cases", json=OPENING, headers=headers).json()["case"]
    for view in VIEWS.values():
        fold_store(database, view)
    return opened


# The server is a thread of this process, and may use `random` while an example is being made.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
def test_the_api_keeps_to_its_description(address, identities, case):
    # Imported here: all processes of a run collect the tests, and these load slowly.
    import requests
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi import checks

    kept = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
        checks.response_headers_conformance,
        checks.negative_data_rejection,
    ]
    described = schemathesis.openapi.from_url(f"{address}/v1/openapi.json")
    operations = [
        operation
        for operation in (found.ok() for found in described.get_all_operations())
        if operation.label in SENDABLE
    ]
    chosen = st.tuples(
        st.sampled_from(operations), st.sampled_from(GenerationMode), st.sampled_from([None, {"case": case}])
    )
    asked = chosen.flatmap(lambda one: one[0].as_strategy(one[1], path_parameters=one[2]))

    with requests.Session() as session:

        @scaled(6)
        @given(asked, st.sampled_from(identities))
        def keeps(request, identity):
            headers = {"Authorization": identity}
            if request.method == "POST" and request.meta.generation.mode.is_positive:
                headers["Idempotency-Key"] = str(uuid4())  # else most are a repetition of another command
            request.call_and_validate(checks=kept, headers=headers, session=session, timeout=60)

        keeps()
