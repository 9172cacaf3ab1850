"""Commands on what somebody may not see, and what is answered to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

import msgspec

from casecore.api.commands.resources import BUYERS, CASES, FEE_AGREEMENTS, LICENCES, PARTIES, RESOURCES, TERMS
from casecore.api.description.examples import EXAMPLE_ACTIONS
from casecore.app.actors import parse_actor
from casecore.app.command_context import CommandContext
from casecore.cases.commands import PinPolicy
from tests.visibility.asking import Asking
from tests.visibility.worlds import ASKS

FIRST_ACTIONS = ("open", "register", "activate")
UNSEEN: Mapping[str, Mapping[str, str]] = {
    "campus": {CASES.path: "K-33", LICENCES.path: "L-1"},
    "nord": {CASES.path: "K-22", LICENCES.path: "L-4"},
    "klinik": {CASES.path: "K-11", LICENCES.path: "L-5"},
}
"""What there is, and is not for them: they had a part in some of it."""
_OF_OTHERS = {
    PARTIES.path: "sued",
    FEE_AGREEMENTS.path: "sued",
    BUYERS.path: "sued",
    TERMS.path: "",
}
_SEEN = {"campus": "K-11", "nord": "K-11", "klinik": "K-0"}
"""A case of theirs, in which hilfe has no part; klinik has none."""
_VERSIONS = (None, '"1"', "*")


class Given(NamedTuple):
    """A request that gives a command."""

    path: str
    body: bytes
    headers: dict[str, str]


def commands_of(who: str) -> Iterator[Given]:
    """Every action on what somebody may not see, at each version; and such a policy, for a case of theirs.

    What begins something tells that a name is taken, as docs/api.md says.
    """
    unseen = {**_OF_OTHERS, **UNSEEN[who]}
    for resource in RESOURCES:
        for verb, action in resource.actions.items():
            if verb in FIRST_ACTIONS:
                continue
            path = f"{resource.path.format(address=unseen[resource.path])}/{verb}"
            for version in _VERSIONS:
                headers = {"If-Match": version} if version else {}
                yield _given(path, msgspec.json.encode(EXAMPLE_ACTIONS[action]), headers)
    yield _given("/v1/policies/hilfe-partner/pin", b'{"reason":"imported"}', {})
    for version in (None, 1, 7):
        pin = msgspec.json.encode(PinPolicy(policy="hilfe-partner", version=version, reason="imported"))
        yield _given(f"/v1/cases/{_SEEN[who]}/policy", pin, {})


def lines_of(who: str) -> bytes:
    """The same commands as lines."""
    by, lines = parse_actor(ASKS[who]), []
    unseen = {**_OF_OTHERS, **UNSEEN[who]}
    for resource in RESOURCES:
        for verb, action in resource.actions.items():
            if verb not in FIRST_ACTIONS:
                context = CommandContext(by, command_id=uuid5(NAMESPACE_URL, f"{resource.path} {verb}"))
                do = EXAMPLE_ACTIONS[action]
                lines.append(msgspec.json.encode(resource.make(unseen[resource.path], do, context)))
    return b"\n".join(lines)


def _given(path: str, body: bytes, headers: dict[str, str]) -> Given:
    key = str(uuid5(NAMESPACE_URL, f"{path} {body!r} {headers}"))
    return Given(path, body, {**headers, "Idempotency-Key": key, "Content-Type": "application/json"})


def answer_to(asking: Asking, given: Given) -> str:
    """What is answered to a command, which is refused."""
    answer = asking.post(given.path, given.body, given.headers)
    assert 400 <= answer.status_code < 500, (given, answer.text)
    return f"{answer.status_code} {answer.headers.get('etag')} {answer.text}"


def answer_to_lines(asking: Asking, lines: bytes) -> str:
    """What is answered to commands as lines."""
    answer = asking.post("/v1/commands", lines, {"Content-Type": "application/jsonl"})
    assert answer.status_code == 200, answer.text
    return str(answer.text)
