"""Asks the operations of the description, as people who may do it; there is one of each thing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import msgspec

from casecore.api.description.examples import CUSTOMER, OTHER_CUSTOMER, OTHER_SELLER, SELLER
from casecore.api.lines.endpoint import MEDIA_TYPES
from casecore.app.cases import reference_of
from casecore.identity.identity import Scope
from projections.catalogue import VIEWS
from tests.api.documented import FIRST, OPERATIONS, Asked, actions
from tests.api.figures import FIGURES
from tests.projections.stored import fold_store
from tests.waiting import wait_until

VENDOR = "vendor"

BEFORE: Mapping[str, tuple[str, ...]] = {
    "cases/assign": ("take",),
    "cases/escalate": ("take",),
    "cases/hand_back": ("take", "escalate"),
    "cases/wait": ("take",),
    "cases/resume": ("take", "wait"),
    "cases/effort": ("take",),
    "cases/resolve": ("take",),
    "cases/reopen": ("take", "resolve"),
    "cases/close": ("take", "resolve"),
    "licences/uncancel": ("cancel",),
}
"""What is done before an action that is not possible at once."""
PARTIES = {
    VENDOR: "vendor",
    SELLER: "reseller",
    OTHER_SELLER: "reseller",
    CUSTOMER: "customer",
    OTHER_CUSTOMER: "customer",
}
"""Those that the examples are about."""
OF_THE_VENDOR = {"hand_back", "policy"}
SERVICE_LEVELS = Path("docs/service-levels")
CALENDAR = tomllib.loads((SERVICE_LEVELS / "calendars" / "berlin.toml").read_text(encoding="utf-8"))
POLICY = tomllib.loads((SERVICE_LEVELS / "vendor-level-1.toml").read_text(encoding="utf-8"))
BODIES: Mapping[str, Any] = {
    "/v1/calendars": CALENDAR,
    "/v1/policies": {
        **POLICY,
        "calendar": {"id": CALENDAR["id"], "version": CALENDAR["version"]},
        "covers": "end_to_end",
        "clocks": {"resolution": {"target": "PT8H"}},
    },
    "/v1/cases/{case}/policy": {"policy": POLICY["id"], "version": 1, "reason": "asked"},
    "/v1/policies/{policy}/pin": {"reason": "imported"},
    "/v1/billing/runs": {"kind": "fees"},
    "/v1/service-levels/what-ifs": {
        "policy": (SERVICE_LEVELS / "vendor-level-1.toml").read_text(encoding="utf-8"),
        "calendar": {"id": CALENDAR["id"], "version": CALENDAR["version"]},
    },
    "/v1/installation/quarantine/{view}/skip": {
        "key": "K",
        "record": {"topic": "cases", "partition": 0, "offset": 0},
        "because": "forged",
    },
}
"""Bodies of which the description has no example."""
ANOTHER: Mapping[str, Any] = {
    "/v1/calendars": {"id": "another"},
    "/v1/policies": {"id": "another", "covers": POLICY["covers"], "clocks": POLICY["clocks"]},
}
"""What differs in another calendar, and in a policy that covers something else."""
QUERIES = {
    "/v1/billing/overview": "?year=2026",
    "/v1/cases/{case}/explain": "?clock=resolution",
    "/v1/installation/quarantine/{view}": "?key=K",
    **{path: f"?{urlencode(figures[0])}" for path, figures in FIGURES.items()},
}
"""Parameters without which a question is none."""
PUBLISHING = ("/v1/calendars", "/v1/policies")
RUNS = {"/v1/billing/runs": "fees", "/v1/policies/{policy}/pin": "pin"}
"""What begins a run, and of which kind."""
LINES = "/v1/commands"
WHAT_IFS = "/v1/service-levels/what-ifs"
OF_OTHERS = tuple(
    one.path
    for one in OPERATIONS
    if one.method == "POST"
    and one.path.startswith(("/v1/billing/", "/v1/buyers/", "/v1/parties/{party}/fee"))
)
"""What is done on streams of which there are no new ones here."""


class Caller:
    """Asks one installation, as people who may do it unless said otherwise; one of each kind is there."""

    def __init__(self, door: Any, careful: Any, accounts: Any, database: str) -> None:
        self.door, self.careful, self._accounts, self.database = door, careful, accounts, database
        self._seller = door.key(f"seller:{SELLER}:ida", *Scope)
        self._vendor = door.key(f"vendor:{VENDOR}:ann", *Scope)
        self._accountant = accounts.key(f"vendor:{VENDOR}:ann", *Scope)
        self._begun: dict[str, tuple[str, Any]] = {}
        self._places = {
            "buyer": CUSTOMER,
            "calendar": CALENDAR["id"],
            "case": new_address(),
            "customer": CUSTOMER,
            "figure": "R-000003",
            "number": "R-000003",
            "package": new_address(),
            "party": VENDOR,
            "policy": POLICY["id"],
            "seller": "nord",
            "view": "workload",
            "year": "2025",
        }
        register = actions("parties")["register"]
        for party, role in PARTIES.items():
            content = msgspec.json.encode({**register.example, "roles": [role]})
            assert self.send(register, address=party, content=content).is_success
        for path in PUBLISHING:
            assert self.send(operation("POST", path)).status_code == HTTPStatus.CREATED
        for part, verb in (*FIRST.items(), ("billing", "set_vat_rate"), ("parties", "agree")):
            self.send(actions(part)[verb])
        _, accepted = self.begun(operation("POST", "/v1/billing/runs"))
        self._places["operation"] = accepted.json()["operation"]
        self._places["what_if"] = str(uuid4())
        for view in VIEWS.values():
            fold_store(database, view)

    def send(self, asked: Asked, *, client: Any = None, query: str = "", **given: Any) -> Any:
        """The operation's answer; `address`, `query`, `headers` and `content` in place of the usual ones."""
        who = self._vendor if asked.part != "cases" or asked.verb in OF_THE_VENDOR else self._seller
        client = client or self.door.client
        if is_of_accounts(asked):
            who, client = self._accountant, self._accounts.client
        headers = {**who, **given.pop("headers", {})}
        if asked.method == "POST":
            headers = {"Idempotency-Key": str(uuid4()), **headers}
            if asked.path == LINES:
                headers = {"Content-Type": MEDIA_TYPES[0], **headers}
                given["content"] = given.get("content", b"{}\n")
            if "content" not in given:
                given["content"] = encoded(BODIES.get(asked.path, asked.example or {}))
        path, address = asked.path, given.pop("address", None)
        if address is not None:  # other parameters than the first are as usual
            path = re.sub(r"\{\w+\}", address, path, count=1)
        path = re.sub(r"\{(\w+)\}", lambda found: self._places[found[1]], path)
        headers = {name: value for name, value in headers.items() if value is not None}
        query = query or QUERIES.get(asked.path, "")
        return client.request(asked.method, f"{path}{query}", headers=headers, **given)

    def one_with(self, asked: Asked, scope: Scope) -> Any:
        """A key of the vendor's for one scope."""
        return (self._accounts if is_of_accounts(asked) else self.door).key(f"vendor:{VENDOR}:ann", scope)

    def begun(self, asked: Asked) -> tuple[str, Any]:
        """The key and the answer of a run; there is one of each kind."""
        if asked.path not in self._begun:
            key = str(uuid4())
            self._begun[asked.path] = key, self.send(asked, headers={"Idempotency-Key": key})
        return self._begun[asked.path]

    def tried(self) -> Any:
        """The answer to the beginning of a what-if, once the one of before has ended."""
        answers: list[Any] = []

        def begins() -> bool:
            answers.append(self.send(operation("POST", WHAT_IFS)))
            return bool(answers[-1].status_code != HTTPStatus.CONFLICT)

        wait_until(begins, "the what-if of before has ended")
        assert answers[-1].status_code == HTTPStatus.ACCEPTED, answers[-1].text
        return answers[-1]

    def prepared(self, asked: Asked) -> str:
        """The address of something new on which the action is possible."""
        address = new_address()
        if asked.path in OF_OTHERS:
            return str(self._places.get(asked.path.split("/")[2].removesuffix("s"), VENDOR))
        if not asked.is_first:
            others = actions(asked.part)
            for verb in (FIRST[asked.part], *BEFORE.get(f"{asked.part}/{asked.verb}", ())):
                done = self.send(others[verb], address=address)
                assert done.is_success, (verb, done.text)
        return address


def new_address() -> str:
    return reference_of(uuid4())


def encoded(body: Any) -> bytes:
    return msgspec.json.encode(body)


def operation(method: str, path: str) -> Asked:
    return next(one for one in OPERATIONS if (one.method, one.path) == (method, path))


def is_of_accounts(asked: Asked) -> bool:
    """Whether it is asked about the business with accounts."""
    return asked.method == "GET" and asked.part in ("billing", "fees")
