"""Submits a command on a stream and prints its answer; prints what happened to a stream."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.app.application import Application
from casecore.app.streams import StoredFact
from casecore.cli.output import Columns, PrintedColumn, number, print_json, print_table, screen, short
from casecore.commands.batch import Answer
from casecore.contract.types import split_wire_name
from casecore.decider.command import Command

_FACTS: Columns[StoredFact] = (
    number("", lambda one: one.stored.version),
    short("occurred (UTC)", lambda one: one.fact.occurred_at),
    short("what", lambda one: _in_words(one.stored.type)),
    PrintedColumn("by", lambda one: one.fact.actor.person),
    PrintedColumn("of", lambda one: one.fact.actor.organisation),
)


def give_and_print(kind: str, name: str, command: Command, app: Application, as_json: bool) -> None:
    """Submit the command and print its answer; raises its Refusal. `kind` and `name` say what it is about."""
    print_answer(kind, name, app.give(command), as_json)


def print_answer(kind: str, name: str, answer: Answer, as_json: bool) -> None:
    """Print a command's result; `kind` and `name` are such as `case` and `C-7K3M-92QF`."""
    if as_json:
        print_json({kind: name, **answer._asdict()})
        return
    if answer.repeated:
        became = "this command was given before"
    elif not answer.events:
        became = "nothing to change"
    else:
        became = happened(answer)
    screen.print(f"{name}: {became}; version {answer.version}", markup=False)


def happened(answer: Answer) -> str:
    """A command's first event in words: `casecore.case.handed_back.v1` is "handed back".

    The policies that the command pinned to the case come after it.
    """
    return _in_words(answer.types[0])


def print_facts(facts: Sequence[StoredFact]) -> None:
    """Print what happened, for a person."""
    print_table("What happened", _FACTS, facts)


def fact_fields(facts: Sequence[StoredFact]) -> list[dict[str, object]]:
    """What happened, for a program."""
    return [
        {
            "version": stored.version,
            "what": _in_words(stored.type),
            "occurred_at": fact.occurred_at,
            "recorded_at": stored.recorded_at,
            "person": fact.actor.person,
            "organisation": fact.actor.organisation,
            "role": fact.actor.role.value,
        }
        for stored, fact in facts
    ]


def _in_words(wire_name: str) -> str:
    return split_wire_name(wire_name)[0].rpartition(".")[2].replace("_", " ")
