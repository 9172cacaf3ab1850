"""Hostile and careless input is refused, with what is wrong, before anything is stored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import pytest

from casecore.cases.commands import (
    CaseCommand,
    GivenSource,
    ImportActivity,
    OpenCase,
    PostMessage,
    RecordEffort,
    TakeCase,
)
from casecore.cases.decider import CASES
from casecore.commands.admission import MAX_COMMAND_BYTES, Admission
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.decider.refusal import CommandMalformed

admission = Admission([CASES])
SELLER = GivenActor(person="ida", organisation="nord", role=Role.SELLER)
OPENING = OpenCase(customer="praxis", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="activation")


def command(do: object = OPENING, **changes: object) -> CaseCommand:
    given = {"command_id": UUID(int=7), "actor": SELLER, "case": "C-1", "do": do}
    return CaseCommand(**{**given, **changes})  # type: ignore[arg-type]


def as_json(**changes: object) -> bytes:
    plain = msgspec.to_builtins(command())
    return msgspec.json.encode({**plain, **changes})


def test_a_well_formed_command_is_admitted_as_struct_and_as_json_alike() -> None:
    by_struct = admission.admit(command())
    by_json = admission.admit_json(msgspec.json.encode(command()))
    assert by_struct.command == by_json.command == command()
    assert by_struct.content_hash == by_json.content_hash


def test_order_and_spacing_of_json_do_not_change_the_content() -> None:
    tidy = admission.admit_json(as_json())
    fields = list(msgspec.json.decode(as_json()).items())
    shuffled = msgspec.json.format(msgspec.json.encode(dict(reversed(fields))), indent=3)
    assert admission.admit_json(shuffled).content_hash == tidy.content_hash
    assert admission.admit(command(case="C-2")).content_hash != tidy.content_hash


@pytest.mark.parametrize(
    ("do", "says"),
    [
        (TakeCase(agent="a\x00b"), "visible characters"),
        (PostMessage(text="a\x00b"), "NUL"),
        (PostMessage(text="a\ud800b"), "surrogate"),
        (PostMessage(text=""), ">= 1"),
        (PostMessage(text="x" * 20_001), "<= 20000"),
        (TakeCase(agent=" ida"), "visible characters"),
        (TakeCase(agent="ida\n"), "visible characters"),
        (TakeCase(agent="x" * 101), "<= 100"),
        (RecordEffort(minutes=0), ">= 1"),
        (RecordEffort(minutes=1441), "<= 1440"),
        (RecordEffort(minutes=10**4000), "digits|range|int|64"),
        (RecordEffort(minutes=float("nan")), "`int`"),  # type: ignore[arg-type]
        (RecordEffort(minutes="5"), "`int`"),  # type: ignore[arg-type]
        ("take", "`object`"),
        (
            ImportActivity(
                source=GivenSource(name="s", case="1", place=1, activity="a", attributes={"k": "a\x00"}),
                opening=OPENING,
            ),
            "NUL",
        ),
    ],
)
def test_a_command_with_bad_content_is_refused(do: object, says: str) -> None:
    with pytest.raises(CommandMalformed, match=says):
        admission.admit(command(do))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (as_json(surprise=1), "unknown field `surprise`"),
        (as_json(actor={"person": "p", "organisation": "o", "role": "seller", "age": 9}), "`age`"),
        (as_json(do={"action": "take", "agnet": "ida"}), "`agnet`"),
        (as_json(do={"action": "fly"}), "Invalid value 'fly'"),
        (as_json(occurred_at="2026-03-02T09:30:00"), "timezone"),
        (as_json(occurred_at="yesterday"), "datetime"),
        (as_json(command_id="seven"), "UUID"),
        (as_json(case="C\u2028\x1f"), "visible characters"),
        (b'{"kind":"case","case":"\\ud800 and more"}', "surrogate"),
        (b'{"kind":"case","do":{"action":"effort","minutes":NaN}}', "malformed|invalid"),
        (b'{"kind":"case","do":{"action":"effort","minutes":' + b"9" * 5000 + b"}}", "range|big|int"),
        (b"[" * 100_000, "nested|malformed|truncated|Expected"),
        (b'{"kind":"case","x":' + b'{"a":' * 40_000 + b"1" + b"}" * 40_001, "nested|unknown field"),
        (b'{"kind":"case"', "truncated"),
        (b"\xff\xfe", "malformed|Invalid"),
        (b"", "truncated"),
        (b" " * (MAX_COMMAND_BYTES + 1), "bytes"),
    ],
)
def test_bad_json_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(CommandMalformed, match=says):
        admission.admit_json(raw)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(CommandMalformed, match="timezone"):
        admission.admit(command(occurred_at=datetime(2026, 3, 2, 9, 30)))  # noqa: DTZ001


def test_the_spelling_of_a_nul_is_not_a_nul() -> None:
    assert admission.admit(command(PostMessage(text="\\u0000"))).command.do == PostMessage(text="\\u0000")


def test_the_nul_is_found_where_it_is() -> None:
    with pytest.raises(CommandMalformed, match=r"\$\.do\.text"):
        admission.admit(command(PostMessage(text="\x00")))


def test_the_same_instant_in_another_zone_is_the_same_content() -> None:
    berlin, utc = "2026-03-02T10:30:00+01:00", "2026-03-02T09:30:00Z"
    one, other = (admission.admit_json(as_json(occurred_at=text)) for text in (berlin, utc))
    assert one.content_hash == other.content_hash
    assert one.command.occurred_at == other.command.occurred_at


def test_an_instant_before_the_first_year_is_refused() -> None:
    with pytest.raises(CommandMalformed, match="before 1970"):
        admission.admit_json(as_json(occurred_at="0001-01-01T00:00:00+01:00"))


@pytest.mark.parametrize("hidden", ["\u2028", "\x85", "\u202e", "\u200b", "\ufeff", "\xad", "\u2066"])
def test_an_id_holds_no_character_that_nobody_sees(hidden: str) -> None:
    for agent in (f"i{hidden}da", hidden):
        with pytest.raises(CommandMalformed, match="visible characters"):
            admission.admit(command(TakeCase(agent=agent)))
    assert admission.admit(command(TakeCase(agent="Ida Šimková 2"))).command.do == TakeCase(
        agent="Ida Šimková 2"
    )
