"""Giving a command on a party or a licence package and printing its answer; and what its stream holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from casecore.cli.addresses import find_addresses
from casecore.cli.giving import happened, open_bus, read_instant, read_uuid
from casecore.cli.output import Column, print_json, print_table, screen
from casecore.cli.settings import Settings, read_settings
from casecore.contract.envelope import EventData, Fact
from casecore.contract.types import EVENT_TYPES, split_wire_name
from casecore.contract.wire import StoredEvent
from casecore.decider.business_day import day_of
from casecore.decider.command import Command
from casecore.errors.kinds import InvalidInput
from casecore.money.cents import InvalidAmount, read_euros
from casecore.store.log import LogReader


def own_id(command_id: str) -> UUID:
    """The command's id as --command-id says it, or a new one; raises InvalidInput."""
    return read_uuid("--command-id", command_id) if command_id else uuid4()


def happened_at(at: str) -> datetime | None:
    """When it happened, as --at says it; raises InvalidInput."""
    return read_instant(at) if at else None


def read_day(option: str, text: str) -> date:
    """A date; raises InvalidInput, which says the option's name."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{option} {text!r} is no date; one is 2026-03-02") from None


def read_until(text: str) -> date:
    """The last day of a run, as --until says it, or today; raises InvalidInput for one in the future."""
    today = day_of(datetime.now(UTC))
    last = read_day("--until", text) if text else today
    if last > today:
        raise InvalidInput(f"--until {last} lies after today, {today}: what falls due later is not known yet")
    return last


def read_amount(name: str, text: str) -> int:
    """An amount in euros, as cents; raises InvalidInput, which says the option's or argument's name."""
    try:
        return read_euros(text)
    except InvalidAmount as wrong:
        raise InvalidInput(f"{name}: {wrong}") from None


def give_and_tell(kind: str, name: str, command: Command, settings: Settings, as_json: bool) -> None:
    """Give the command, and print its answer; raises its Refusal. `kind` and `name` say what it is about."""
    with open_bus(settings, find_addresses(settings)) as bus:
        answer = bus.give(command)
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


def stored_facts(stream_id: UUID) -> list[tuple[StoredEvent, Fact[EventData]]]:
    """A stream's events as the store of the installation has them; raises DatabaseUnavailable."""
    with LogReader(find_addresses(read_settings()).database) as log:
        return [(stored, EVENT_TYPES.decode(stored.type, stored.body)) for stored in log.stream(stream_id)]


def print_facts(facts: list[tuple[StoredEvent, Fact[EventData]]]) -> None:
    """What happened, for a person."""
    columns = [
        Column("", right=True),
        Column("occurred (UTC)", narrow=True),
        Column("what", narrow=True),
        Column("by"),
        Column("of"),
    ]
    rows = [
        (stored.version, fact.occurred_at, _what(stored), fact.actor.person, fact.actor.organisation)
        for stored, fact in facts
    ]
    print_table("What happened", columns, rows)


def fact_fields(facts: list[tuple[StoredEvent, Fact[EventData]]]) -> list[dict[str, object]]:
    """What happened, for a program."""
    return [
        {
            "version": stored.version,
            "what": _what(stored),
            "occurred_at": fact.occurred_at,
            "recorded_at": stored.recorded_at,
            "person": fact.actor.person,
            "organisation": fact.actor.organisation,
            "role": fact.actor.role.value,
        }
        for stored, fact in facts
    ]


def _what(stored: StoredEvent) -> str:
    return split_wire_name(stored.type)[0].rpartition(".")[2].replace("_", " ")
