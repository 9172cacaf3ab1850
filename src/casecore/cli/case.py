"""`casecore case …`: the commands that people and their programs give."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.cases import commands as c
from casecore.cli.exits import errors_as_exits
from casecore.cli.giving import (
    ActorOption,
    AtOption,
    CaseArgument,
    IdOption,
    JsonOption,
    give,
    new_reference,
    read_uuid,
)
from casecore.contract.cases import Audience, Category, Priority

app = typer.Typer(no_args_is_help=True, help="Open a case, work on it, and look at it.")

Agent = Annotated[str | None, typer.Option(help="Who works on it.")]
Reason = Annotated[str | None, typer.Option(help="Why; free text.")]


@app.command("open")
def open_case(
    customer: Annotated[str, typer.Option(help="The customer's id.")],
    seller: Annotated[str, typer.Option(help="Who sold the package: a reseller's id, or the vendor's.")],
    topic: Annotated[str, typer.Option(help="One of `casecore case topics`.")],
    category: Annotated[Category, typer.Option(help="Which kind of support.")] = Category.TECHNICAL_SUPPORT,
    partner: Annotated[str | None, typer.Option(help="The support partner; user support needs one.")] = None,
    priority: Annotated[Priority, typer.Option(help="How urgent it is.")] = Priority.NORMAL,
    subject: Annotated[str | None, typer.Option(help="What it is about, in a line.")] = None,
    licence_package: Annotated[
        str | None, typer.Option(metavar="UUID", help="The package concerned.")
    ] = None,
    reference: Annotated[str | None, typer.Option(help="The case's reference; else one is drawn.")] = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Open a case.

    Example: casecore case open --customer praxis-ost --seller nord --topic activation --as seller:nord:ida
    """
    with errors_as_exits():
        package = read_uuid("--licence-package", licence_package) if licence_package else None
    do = c.OpenCase(
        customer=customer,
        seller=seller,
        partner=partner,
        category=category,
        topic=topic,
        priority=priority,
        subject=subject,
        licence_package=package,
    )
    give(reference or new_reference(), do, actor, at, command_id, as_json)


@app.command()
def take(
    case: CaseArgument,
    agent: Agent = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Begin to work on an opened case: the seller, or for user support the partner.

    Example: casecore case take C-7K3M-92QF --agent ida --as seller:nord:ida
    """
    give(case, c.TakeCase(agent=agent), actor, at, command_id, as_json)


@app.command()
def assign(
    case: CaseArgument,
    agent: Annotated[str, typer.Option(help="Who works on it from now on.")],
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Name the agent who works on it, at the level where it is.

    Example: casecore case assign C-7K3M-92QF --agent vera --as vendor:vendor:vera
    """
    give(case, c.AssignCase(agent=agent), actor, at, command_id, as_json)


@app.command()
def escalate(
    case: CaseArgument,
    reason: Reason = None,
    agent: Agent = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Give it to the vendor, level 1.

    Example: casecore case escalate C-7K3M-92QF --reason "the log shows error 17" --as seller:nord:ida
    """
    give(case, c.EscalateCase(reason=reason, agent=agent), actor, at, command_id, as_json)


@app.command()
def hand_back(
    case: CaseArgument,
    reason: Reason = None,
    agent: Agent = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Give it back from the vendor to the seller.

    Example: casecore case hand-back C-7K3M-92QF --reason "renew the licence first" --as vendor:vendor:vera
    """
    give(case, c.HandBackCase(reason=reason, agent=agent), actor, at, command_id, as_json)


@app.command()
def wait(
    case: CaseArgument,
    reason: Reason = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Note that the case waits for the customer.

    Example: casecore case wait C-7K3M-92QF --reason "asked for the log file" --as vendor:vendor:vera
    """
    give(case, c.WaitForCustomer(reason=reason), actor, at, command_id, as_json)


@app.command()
def resume(
    case: CaseArgument,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Note that it waits no longer.

    Example: casecore case resume C-7K3M-92QF --as vendor:vendor:vera
    """
    give(case, c.ResumeCase(), actor, at, command_id, as_json)


@app.command()
def message(
    case: CaseArgument,
    text: Annotated[str, typer.Option(help="The message.")],
    internal_for: Annotated[
        list[str] | None, typer.Option(help="An organisation that may read it; again for more. None: public.")
    ] = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write a message, public or internal; one that was written earlier may be recorded late.

    Example: casecore case message C-7K3M-92QF --text "Here is the log." --as customer:praxis-ost:dr-oehler
    """
    readers = tuple(internal_for or ())
    audience = Audience.INTERNAL if readers else Audience.PUBLIC
    give(case, c.PostMessage(text=text, audience=audience, readers=readers), actor, at, command_id, as_json)


@app.command()
def priority(
    case: CaseArgument,
    to: Annotated[Priority, typer.Option(help="How urgent it is now.")],
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say how urgent it is.

    Example: casecore case priority C-7K3M-92QF --to high --as vendor:vendor:vera
    """
    give(case, c.ChangePriority(priority=to), actor, at, command_id, as_json)


@app.command()
def reclassify(
    case: CaseArgument,
    category: Annotated[Category, typer.Option(help="Which kind of support it is.")],
    topic: Annotated[str, typer.Option(help="One of `casecore case topics`.")],
    partner: Annotated[str | None, typer.Option(help="The support partner, for user support.")] = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Change category and topic; with another category, the case is opened anew.

    Example: casecore case reclassify C-7K3M-92QF --category technical_support --topic recovery
    """
    do = c.ReclassifyCase(category=category, topic=topic, partner=partner)
    give(case, do, actor, at, command_id, as_json)


@app.command()
def effort(
    case: CaseArgument,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="Time spent, in minutes.")],
    note: Annotated[str | None, typer.Option(help="On what; free text.")] = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Record time spent on it.

    Example: casecore case effort C-7K3M-92QF --minutes 25 --note "remote session" --as seller:nord:ida
    """
    give(case, c.RecordEffort(minutes=minutes, note=note), actor, at, command_id, as_json)


@app.command()
def resolve(
    case: CaseArgument,
    code: Annotated[c.ResolutionCode, typer.Option(help="How it was solved.")] = "solved",
    summary: Annotated[str | None, typer.Option(help="What was done; free text.")] = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say that it is solved, and how.

    Example: casecore case resolve C-7K3M-92QF --summary "patch 3 mends it" --as vendor:vendor:vera
    """
    give(case, c.ResolveCase(resolution_code=code, summary=summary), actor, at, command_id, as_json)


@app.command()
def reopen(
    case: CaseArgument,
    reason: Reason = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take a resolved case back to the level that resolved it.

    Example: casecore case reopen C-7K3M-92QF --reason "it happened again" --as customer:praxis-ost:dr-oehler
    """
    give(case, c.ReopenCase(reason=reason), actor, at, command_id, as_json)


@app.command()
def close(
    case: CaseArgument,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """End a resolved case.

    Example: casecore case close C-7K3M-92QF --as customer:praxis-ost:dr-oehler
    """
    give(case, c.CloseCase(), actor, at, command_id, as_json)


@app.command()
def cancel(
    case: CaseArgument,
    reason: Reason = None,
    duplicate_of: Annotated[str | None, typer.Option(metavar="CASE", help="The case that stays.")] = None,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """End a case unresolved: for a reason, or as a duplicate.

    Example: casecore case cancel C-7K3M-92QF --duplicate-of C-1B2C-3D4E --as seller:nord:ida
    """
    give(case, c.CancelCase(reason=reason, duplicate_of=duplicate_of), actor, at, command_id, as_json)
