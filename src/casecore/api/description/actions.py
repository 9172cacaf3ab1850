"""The endpoints of actions, and what an accepted command is answered with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from casecore.api.resources import CASES, Resource
from casecore.api.shapes import shape_of
from casecore.cases.commands import OpenCase
from casecore.commands.batch import Answer
from casecore.decider.command import Action

FIRST_ACTIONS = frozenset({"open", "register", "activate"})
"""Those on what does not exist yet."""

_VIEWS: Any = Annotated[
    Literal["current", "behind"] | None,
    msgspec.Meta(description="Whether the views hold it by now; there if `Prefer: wait=N` was sent."),
]
_ACCEPTED = """A command that is stored.

`version` is that of what it was given on, `events` how many events it stored, 0 if it changed nothing, and
`types` are their types. `repeated`: it was stored before, and `types` is empty.
"""


class ActionEndpoint(NamedTuple):
    """Where an action is given; without `verb` it opens a case whose reference follows from the command."""

    resource: Resource
    verb: str
    action: type[Action]

    @property
    def path(self) -> str:
        """Its path, in which the address has its own name."""
        if not self.verb:
            return f"/v1/{self.resource.path}"
        return f"/v1/{self.resource.path}/{{{self.resource.address}}}/{self.verb}"


def action_endpoints(resources: Iterable[Resource]) -> list[ActionEndpoint]:
    """All endpoints of actions."""
    opening = ActionEndpoint(CASES, "", OpenCase)
    others = (ActionEndpoint(one, verb, do) for one in resources for verb, do in one.actions.items())
    return [opening, *others]


@cache
def _accepted_form(command: str, address: str) -> type[msgspec.Struct]:
    fields: list[Any] = [(field.name, field.type) for field in msgspec.structs.fields(shape_of(Answer))]
    return msgspec.defstruct(
        f"{command}Answer",
        [(address, str), *fields, ("views", _VIEWS, None)],
        kw_only=True,
        omit_defaults=True,
        namespace={"__doc__": _ACCEPTED},
    )


def accepted_form(resource: Resource) -> type[msgspec.Struct]:
    """What an accepted command on streams of one kind is answered with."""
    return _accepted_form(resource.command.__name__, resource.address)
