"""The demo's case: opened by a practice, escalated by its reseller, resolved by the vendor."""

from __future__ import annotations

from casecore.app.actors import parse_actor
from casecore.app.application import Application
from casecore.app.cases import act_on_case
from casecore.app.command_context import CommandContext
from casecore.cases import commands as c
from casecore.cli.output import screen
from casecore.cli.stream_commands import happened
from casecore.commands.batch import Answer
from casecore.contract.cases import Category, Priority

REFERENCE = "C-DEMO-0001"
_CUSTOMER, _IDA, _VERA = "customer:praxis-ost:dr-oehler", "seller:nord:ida", "vendor:vendor:vera"
_OPENING = c.OpenCase(
    customer="praxis-ost",
    seller="nord",
    category=Category.TECHNICAL_SUPPORT,
    topic="troubleshooting",
    priority=Priority.HIGH,
    subject="Error 17 when a picture is opened",
)
_STORY: tuple[tuple[str, str, c.CaseAction], ...] = (
    ("the practice opens a case", _CUSTOMER, _OPENING),
    ("its reseller takes it, level 0", _IDA, c.TakeCase(agent="ida")),
    ("ida looks at it for 20 minutes", _IDA, c.RecordEffort(minutes=20)),
    ("she cannot solve it: to the vendor, level 1", _IDA, c.EscalateCase(reason="error 17 in the log")),
    ("vera takes it on", _VERA, c.AssignCase(agent="vera")),
    ("she asks the practice for a file, and waits", _VERA, c.WaitForCustomer(reason="asked for a file")),
    ("the practice answers: no longer waiting", _CUSTOMER, c.PostMessage(text="Here it is.")),
    ("she solves it", _VERA, c.ResolveCase(resolution_code="solved", summary="Patch 3 mends it.")),
    ("the practice closes it", _CUSTOMER, c.CloseCase()),
)


def play(app: Application) -> Answer:
    """Give each command, and say what happened; returns the last answer."""
    for what, actor, do in _STORY:
        answer = act_on_case(app, REFERENCE, do, CommandContext(parse_actor(actor)))
        screen.print(f"  {what:46} {happened(answer)}", markup=False)
    return answer
