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
NORD = {
    "roles": ["reseller"],
    "name": "Nord",
    "street": "Weg 1",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}
RATE = {"country": "DE", "from_on": "2020-01-01", "percent": "19"}
FEE = {
    "service": "level_0",
    "from_on": "2026-01-01",
    "terms": {"kind": "yearly", "net_cents": 12000},
    "vat_country": "DE",
}
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
def places(door, identities, database):
    """Parameters of paths that lead to what is there: a case that both see, a party and its fees."""

    def post(path, who, body):
        headers = {"Authorization": who, "Idempotency-Key": str(uuid4())}
        answer = door.client.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    seller, vendor = identities
    opened = post("/v1/cases", seller, OPENING)["case"]  # first: later, its customer has to be registered
    post("/v1/parties/nord/register", vendor, NORD)
    post("/v1/billing/terms/set_vat_rate", vendor, RATE)
    post("/v1/parties/nord/fee-agreements/agree", seller, FEE)
    for view in VIEWS.values():
        fold_store(database, view)
    return {"case": opened, "party": "nord", "seller": "nord", "view": "workload", "year": 2026}


# The server is a thread of this process, and may use `random` while an example is being made.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
def test_the_api_keeps_to_its_description(address, identities, places):
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
        st.sampled_from(operations), st.sampled_from(GenerationMode), st.sampled_from([None, places])
    )
    asked = chosen.flatmap(lambda one: one[0].as_strategy(one[1], path_parameters=one[2]))

    with requests.Session() as session:

        @scaled(4)
        @given(asked, st.sampled_from(identities))
        def keeps(request, identity):
            headers = {"Authorization": identity}
            if request.method == "POST" and request.meta.generation.mode.is_positive:
                headers["Idempotency-Key"] = str(uuid4())  # else most are a repetition of another command
            request.call_and_validate(checks=kept, headers=headers, session=session, timeout=60)

        keeps()
