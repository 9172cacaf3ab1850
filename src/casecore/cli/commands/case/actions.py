"""`casecore case …`: the commands on a case."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.cases import act_on_case
from casecore.app.cases import open_case as app_open_case
from casecore.cases import commands as c
from casecore.cli.command_group import Commands
from casecore.cli.command_options import (
    ActorOption,
    AtOption,
    CaseArgument,
    IdOption,
    JsonOption,
    read_uuid,
)
from casecore.cli.door import context_of, opened
from casecore.cli.exits import errors_as_exits
from casecore.cli.stream_commands import on_a, print_answer
from casecore.contract.cases import Audience, Category, Priority

Agent = Annotated[str | None, typer.Option(help="Who works on it.")]
Reason = Annotated[str | None, typer.Option(help="Why; free text.")]


on_a_case = on_a("case", CaseArgument, act_on_case)


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
    with opened() as app:
        case, answer = app_open_case(app, do, context_of(app, actor, command_id, at), reference)
        print_answer("case", case, answer, as_json)


@on_a_case
def take(agent: Agent = None) -> c.CaseAction:
    """Begin to work on an opened case: the seller, or for user support the partner.

    Example: casecore case take C-7K3M-92QF --agent ida --as seller:nord:ida
    """
    return c.TakeCase(agent=agent)


@on_a_case
def assign(agent: Annotated[str, typer.Option(help="Who works on it from now on.")]) -> c.CaseAction:
    """Name the agent who works on it, at the level where it is.

    Example: casecore case assign C-7K3M-92QF --agent vera --as vendor:vendor:vera
    """
    return c.AssignCase(agent=agent)


@on_a_case
def escalate(reason: Reason = None) -> c.CaseAction:
    """Give it to the vendor, level 1.

    Example: casecore case escalate C-7K3M-92QF --reason "the log shows error 17" --as seller:nord:ida
    """
    return c.EscalateCase(reason=reason)


@on_a_case
def hand_back(reason: Reason = None) -> c.CaseAction:
    """Give it back from the vendor to the seller.

    Example: casecore case hand-back C-7K3M-92QF --reason "renew the licence first" --as vendor:vendor:vera
    """
    return c.HandBackCase(reason=reason)


@on_a_case
def wait(reason: Reason = None) -> c.CaseAction:
    """Note that the case waits for the customer.

    Example: casecore case wait C-7K3M-92QF --reason "asked for the log file" --as vendor:vendor:vera
    """
    return c.WaitForCustomer(reason=reason)


@on_a_case
def resume() -> c.CaseAction:
    """Note that it waits no longer.

    Example: casecore case resume C-7K3M-92QF --as vendor:vendor:vera
    """
    return c.ResumeCase()


@on_a_case
def message(
    text: Annotated[str, typer.Option(help="The message.")],
    internal_for: Annotated[
        list[str] | None, typer.Option(help="An organisation that may read it; again for more. None: public.")
    ] = None,
) -> c.CaseAction:
    """Write a message, public or internal; one that was written earlier may be recorded late.

    Example: casecore case message C-7K3M-92QF --text "Here is the log." --as customer:praxis-ost:dr-oehler
    """
    readers = tuple(internal_for or ())
    audience = Audience.INTERNAL if readers else Audience.PUBLIC
    return c.PostMessage(text=text, audience=audience, readers=readers)


@on_a_case
def priority(to: Annotated[Priority, typer.Option(help="How urgent it is now.")]) -> c.CaseAction:
    """Say how urgent it is.

    Example: casecore case priority C-7K3M-92QF --to high --as vendor:vendor:vera
    """
    return c.ChangePriority(priority=to)


@on_a_case
def reclassify(
    category: Annotated[Category, typer.Option(help="Which kind of support it is.")],
    topic: Annotated[str, typer.Option(help="One of `casecore case topics`.")],
    partner: Annotated[str | None, typer.Option(help="The support partner, for user support.")] = None,
) -> c.CaseAction:
    """Change category and topic; with another category, the case is opened anew.

    Example: casecore case reclassify C-7K3M-92QF --category technical_support --topic recovery
    """
    return c.ReclassifyCase(category=category, topic=topic, partner=partner)


@on_a_case
def effort(
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="Time spent, in minutes.")],
    note: Annotated[str | None, typer.Option(help="On what; free text.")] = None,
) -> c.CaseAction:
    """Record time spent on it.

    Example: casecore case effort C-7K3M-92QF --minutes 25 --note "remote session" --as seller:nord:ida
    """
    return c.RecordEffort(minutes=minutes, note=note)


@on_a_case
def resolve(
    code: Annotated[c.ResolutionCode, typer.Option(help="How it was solved.")] = "solved",
    summary: Annotated[str | None, typer.Option(help="What was done; free text.")] = None,
) -> c.CaseAction:
    """Say that it is solved, and how.

    Example: casecore case resolve C-7K3M-92QF --summary "patch 3 mends it" --as vendor:vendor:vera
    """
    return c.ResolveCase(resolution_code=code, summary=summary)


@on_a_case
def reopen(reason: Reason = None) -> c.CaseAction:
    """Take a resolved case back to the level that resolved it.

    Example: casecore case reopen C-7K3M-92QF --reason "it happened again" --as customer:praxis-ost:dr-oehler
    """
    return c.ReopenCase(reason=reason)


@on_a_case
def policy(
    policy: Annotated[str, typer.Option(help="One of `casecore policy list`.")],
    reason: Annotated[str, typer.Option(help="Why; free text.")],
    version: Annotated[int | None, typer.Option(min=1, help="Which version; else the one in force.")] = None,
) -> c.CaseAction:
    """Let another policy hold for it, or one where none does, as after an import.

    Example: casecore case policy C-7K3M-92QF --policy vendor-level-1 --reason "the contract was upgraded"
    """
    return c.PinPolicy(policy=policy, version=version, reason=reason)


@on_a_case
def close() -> c.CaseAction:
    """End a resolved case.

    Example: casecore case close C-7K3M-92QF --as customer:praxis-ost:dr-oehler
    """
    return c.CloseCase()


@on_a_case
def cancel(
    reason: Reason = None,
    duplicate_of: Annotated[
        str | None, typer.Option(metavar="CASE", help="The case that stays; it is not looked up.")
    ] = None,
) -> c.CaseAction:
    """End a case unresolved: for a reason, or as a duplicate.

    Example: casecore case cancel C-7K3M-92QF --duplicate-of C-1B2C-3D4E --as seller:nord:ida
    """
    return c.CancelCase(reason=reason, duplicate_of=duplicate_of)


COMMANDS: Commands = {
    "open": open_case,
    "take": take,
    "assign": assign,
    "escalate": escalate,
    "hand-back": hand_back,
    "wait": wait,
    "resume": resume,
    "message": message,
    "priority": priority,
    "reclassify": reclassify,
    "effort": effort,
    "resolve": resolve,
    "reopen": reopen,
    "policy": policy,
    "close": close,
    "cancel": cancel,
}
