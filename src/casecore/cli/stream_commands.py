"""Submits a command on a stream and prints its answer; prints what happened to a stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from inspect import Parameter, Signature, signature
from typing import Any, NamedTuple, TypeAlias

from casecore.app.application import Application
from casecore.app.registers.histories import StoredFact
from casecore.cli.command_options import (
    ActorOption,
    AtOption,
    IdOption,
    JsonOption,
)
from casecore.cli.door import context_of, opened
from casecore.cli.output import (
    Columns,
    PrintedColumn,
    number,
    print_json,
    print_lines,
    print_table,
    screen,
    short,
)
from casecore.commands.batch import Answer
from casecore.contract.types import UnknownType, split_wire_name
from casecore.decider.command import Action

_FACTS: Columns[StoredFact] = (
    number("", lambda one: one.stored.version),
    short("occurred", lambda one: one.fact.occurred_at),
    short("what", lambda one: type_in_words(one.stored.type)),
    PrintedColumn("by", lambda one: one.fact.actor.person),
    PrintedColumn("of", lambda one: one.fact.actor.organisation),
)


Make: TypeAlias = Callable[..., Action]
"""Makes an action from a command's own options."""

Act: TypeAlias = Callable[..., Answer]
"""A use case: takes the application, what the command is about, the action, and how it is given."""


class Effects(NamedTuple):
    """What follows from a command beside its event: lines for a person, fields for a program."""

    lines: Sequence[str]
    fields: Mapping[str, object]


def no_effects() -> Effects:
    """Of a command from which nothing follows that is to be said."""
    return Effects((), {})


FindEffects: TypeAlias = Callable[[Application, str], Effects]
"""Finds the effects of a command that is stored, from what it was about."""


def _shared(
    actor: ActorOption = "", at: AtOption = "", command_id: IdOption = "", as_json: JsonOption = False
) -> None:
    """The options that all commands on a stream share."""


def on_a(
    kind: str, argument: object, act: Act, *, timed: bool = True, effects: FindEffects | None = None
) -> Callable[[Make], Callable[..., None]]:
    """A decorator: it turns a function that makes an action from options into a command that submits it.

    `kind` and `argument` are the name and the type of the argument that says what the command is about. It
    comes first, then the function's own options, then those that all share. The command's name and its help
    are those of the function. `act` submits the action. Without `timed`, it happens when it is submitted.
    `effects` finds what follows from it, which is printed too.
    """
    shared = signature(_shared, eval_str=True).parameters
    common = {name: one for name, one in shared.items() if timed or name != "at"}
    about = Parameter(kind, Parameter.KEYWORD_ONLY, annotation=argument)

    def turned(make: Make) -> Callable[..., None]:
        @wraps(make)
        def command(actor: str, command_id: str, as_json: bool, at: str = "", **own: Any) -> None:
            with opened() as app:
                name, do = own.pop(kind), make(**own)
                answer = act(app, name, do, context_of(app, actor, command_id, at))
                print_answer(
                    kind, name, answer, as_json, partial(effects, app, name) if effects else no_effects
                )

        parameters = {kind: about, **signature(make, eval_str=True).parameters, **common}
        by_name = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in parameters.values()]
        command.__signature__ = Signature(by_name)  # type: ignore[attr-defined]
        command.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
        return command

    return turned


def print_answer(
    kind: str, name: str, answer: Answer, as_json: bool, effects: Callable[[], Effects] = no_effects
) -> None:
    """Print a command's result; `kind` and `name` are such as `case` and `C-7K3M-92QF`.

    A person reads what became of it before the effects are looked for, which may fail.
    """
    if as_json:
        print_json({kind: name, **answer._asdict(), **effects().fields})
        return
    if answer.repeated:
        became = "this command was given before"
    elif not answer.events:
        became = "nothing to change"
    else:
        became = happened(answer)
    screen.print(f"{name}: {became}; version {answer.version}", markup=False)
    print_lines(effects().lines)


def happened(answer: Answer) -> str:
    """A command's first event in words: `casecore.case.handed_back.v1` is "handed back".

    The policies that the command pinned to the case come after it.
    """
    return type_in_words(answer.types[0])


def print_facts(facts: Sequence[StoredFact]) -> None:
    """Print what happened, for a person."""
    print_table("What happened", _FACTS, facts)


def fact_fields(facts: Sequence[StoredFact]) -> list[dict[str, object]]:
    """What happened, for a program."""
    return [
        {
            "version": stored.version,
            "what": type_in_words(stored.type),
            "occurred_at": fact.occurred_at,
            "recorded_at": stored.recorded_at,
            "person": fact.actor.person,
            "organisation": fact.actor.organisation,
            "role": fact.actor.role.value,
        }
        for stored, fact in facts
    ]


def type_in_words(wire_name: str) -> str:
    """An event's type in words: `casecore.case.handed_back.v1` is "handed back"; a foreign one as it is."""
    try:
        name, _ = split_wire_name(wire_name)
    except UnknownType:
        return wire_name
    return name.rpartition(".")[2].replace("_", " ")
