"""The mapping: rows become what it says, and what is wrong in it is said before any row is read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.cases import commands as c
from casecore.contract.cases import Category, Priority, Sender
from casecore.contract.envelope import Role
from casecore.imports.errors import InvalidMapping, RowRejected
from casecore.imports.mapping import read_mapping
from casecore.imports.source_file import SourceRow
from casecore.imports.translation import Translation, Translator, row_id

SOURCE = """
[source]
name = "desk"
format = "csv"
case = "id"
activity = "activity"
time = "at"
resource = "who"
"""
CASE = """
[case]
reference = "D-{case}"
customer = { attribute = "client", prefix = "desk/" }
seller = "reseller"
category = "technical_support"
topic = { attribute = "about", values = { net = "server_client_connection" }, default = "troubleshooting" }
"""
ANONYMOUS = "\n[attributes]\nresource_plain = true\n"
ROW = {"activity": "Start", "at": "2024-05-01T10:00:00+02:00", "who": "Ann", "client": "C 1", "about": "net"}


def translator(tmp_path: Path, text: str) -> Translator:
    path = tmp_path / "map.toml"
    path.write_text(text)
    return Translator(read_mapping(path), "vendor", path.name)


def translated(
    tmp_path: Path, more: str = "", source: str = SOURCE, case: str = CASE, **changed: str | None
) -> Translation:
    given_row = {name: text for name, text in {**ROW, **changed}.items() if text is not None}
    row = SourceRow("7", 3, 9, given_row)
    top, tables = ("", more) if more.lstrip().startswith("[") else (more, "")
    return translator(tmp_path, top + source + case + tables).command_for(row)


def attempts(activity: str) -> str:
    return f'\n[[activity]]\nname = "Start"\nattempts = [{activity}]\n'


def test_a_row_becomes_a_command_as_the_mapping_says(tmp_path):
    # Given a mapping with two attempts and a row,
    more = ANONYMOUS + attempts(
        '{ action = "take", agent = { attribute = "who" } },'
        '{ action = "resolve", resolution_code = "solved", summary = { attribute = "text" } }'
    )
    # when the row is translated,
    command = translated(tmp_path, more, text="It works again").command
    # then everything stands where the mapping puts it.
    assert command.command_id == row_id("desk", "7", 3)
    assert command.case == "D-7"
    assert command.occurred_at == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert (command.actor.person, command.actor.organisation) == ("import:desk", "vendor")
    assert command.actor.role is Role.SYSTEM
    assert command.do == c.ImportActivity(
        source=c.GivenSource(
            name="desk",
            case="7",
            place=3,
            activity="Start",
            resource="Ann",
            resource_is_personal=False,
            attributes={"client": "C 1", "about": "net", "text": "It works again"},
            personal=("client", "about", "text"),
        ),
        opening=c.OpenCase(
            customer="desk/C 1",
            seller="reseller",
            category=Category.TECHNICAL_SUPPORT,
            topic="server_client_connection",
        ),
        attempts=(
            c.TakeCase(agent="Ann"),
            c.ResolveCase(resolution_code="solved", summary="It works again"),
        ),
    )


def test_attributes_are_personal_unless_the_mapping_says_otherwise(tmp_path):
    more = '\n[attributes]\nkeep = ["client", "text"]\nplain = ["client"]\nresource_plain = true\n'
    source = translated(tmp_path, more, text="free text").command.do.source
    assert source.attributes == {"client": "C 1", "text": "free text"}
    assert source.personal == ("text",)
    assert source.resource_is_personal is False


def test_the_first_activity_whose_attributes_are_as_when_says_is_taken(tmp_path):
    more = """
        [[activity]]
        name = "Start"
        when = { about = "net", level = "2" }
        attempts = [{ action = "escalate", reason = "network" }]

        [[activity]]
        name = "Start"
        attempts = [{ action = "take" }]
    """
    assert translated(tmp_path, more, level="2").command.do.attempts == (c.EscalateCase(reason="network"),)
    assert translated(tmp_path, more, level="1").command.do.attempts == (c.TakeCase(),)
    assert translated(tmp_path, more).command.do.attempts == (c.TakeCase(),)


def test_an_activity_that_is_not_listed_is_a_note_and_is_named(tmp_path):
    assert translated(tmp_path).unlisted == "Start"
    assert translated(tmp_path).command.do.attempts == ()


def test_an_activity_that_is_not_listed_is_rejected_where_the_mapping_says_so(tmp_path):
    with pytest.raises(RowRejected, match="does not list the activity 'Start'"):
        translated(tmp_path, 'unlisted = "reject"\n')


def test_an_attempt_that_needs_what_the_row_does_not_say_is_left_out(tmp_path):
    more = ANONYMOUS + attempts(
        '{ action = "assign", agent = { attribute = "who" } },'
        '{ action = "wait", reason = { attribute = "why" } }'
    )
    assert translated(tmp_path, more, who=" ").command.do.attempts == (c.WaitForCustomer(),)


def test_open_takes_its_fields_from_the_case_table(tmp_path):
    do = translated(tmp_path, attempts('{ action = "open" }')).command.do
    assert do.attempts == (do.opening,)


def test_values_are_of_the_field_s_own_type(tmp_path):
    more = attempts(
        '{ action = "priority",'
        ' priority = { attribute = "p", values = { "1" = "urgent" }, default = "low" } },'
        '{ action = "effort", minutes = { attribute = "m" } },'
        '{ action = "message", text = "hello", audience = "internal", readers = ["vendor"] }'
    )
    first, second, third = translated(tmp_path, more, p="1", m="15").command.do.attempts
    assert first == c.ChangePriority(priority=Priority.URGENT)
    assert second == c.RecordEffort(minutes=15)
    assert third.readers == ("vendor",)
    assert third.sender is None
    assert translated(tmp_path, more, p="other", m="15").command.do.attempts[0].priority is Priority.LOW


def test_a_message_says_whose_side_it_is_from(tmp_path):
    more = attempts(
        '{ action = "message", text = "hello", sender = "customer" },'
        '{ action = "message", text = "hello",'
        ' sender = { attribute = "from", values = { c = "customer", d = "agent" } } }'
    )
    first, second = translated(tmp_path, more, **{"from": "d"}).command.do.attempts
    assert first == c.PostMessage(text="hello", sender=Sender.CUSTOMER)
    assert second == c.PostMessage(text="hello", sender=Sender.AGENT)


@pytest.mark.parametrize(
    ("attributes", "agent", "reason"),
    [
        ("", '{ attribute = "who" }', "'who' is personal data"),
        ("", '{ attribute = "who", prefix = "desk/" }', "'who' is personal data"),
        ('plain = ["who"]', '{ attribute = "who" }', "resource_plain = true for the resource"),
        ("resource_plain = true", '{ attribute = "owner" }', "'owner' in attributes.plain"),
        ("resource_plain = true", '{ attribute = "who" }', None),
        ('plain = ["owner"]', '{ attribute = "owner" }', None),
        ("", '{ attribute = "who", values = { Ann = "agent-1" } }', None),
        ("", '"agent-1"', None),
    ],
)
def test_a_person_s_name_becomes_no_id_unless_it_is_declared_plain(tmp_path, attributes, agent, reason):
    # Given an agent who is taken from an attribute, then the mapping is wrong unless that is plain.
    more = f"\n[attributes]\n{attributes}\n" + attempts(f'{{ action = "take", agent = {agent} }}')
    if reason is None:
        assert translated(tmp_path, more, owner="Ann").command.do.attempts[0].agent
        return
    with pytest.raises(InvalidMapping, match=rf"attempts\[0\].agent: an id is stored as it is, .*{reason}"):
        translated(tmp_path, more)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"at": None}, "the row has no time: 'at' is missing or blank"),
        ({"at": " "}, "the row has no time"),
        ({"at": "yesterday"}, "the time 'yesterday' cannot be read"),
        ({"at": "2024-05-01T10:00:00"}, "no offset, and the mapping no source.time_zone"),
        ({"at": "9999-12-31T23:00:00-10:00"}, "outside of the years 1 to 9999"),
        ({"activity": ""}, "the row has no activity"),
        ({"client": None}, "does not say what case.customer needs"),
        ({"m": "many"}, "m is 'many'"),
        ({"p": "9"}, "p is '9'; the mapping lists 1"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_reason(tmp_path, changed, reason):
    more = attempts(
        '{ action = "effort", minutes = { attribute = "m" } },'
        '{ action = "priority", priority = { attribute = "p", values = { "1" = "urgent" } } }'
    )
    with pytest.raises(RowRejected, match=reason):
        translated(tmp_path, more, **changed)


def test_a_row_without_a_case_is_rejected(tmp_path):
    with pytest.raises(RowRejected, match="the row has no case: 'id' is missing or blank"):
        translator(tmp_path, SOURCE + CASE).command_for(SourceRow(None, 0, 2, ROW))


def test_two_cases_never_share_a_reference(tmp_path):
    # Given a prefix that is taken off, when a case lacks it, then it is rejected: it could be another's.
    mapping = translator(tmp_path, SOURCE + CASE.replace("customer", 'strip_prefix = "Case "\ncustomer'))
    assert mapping.command_for(SourceRow("Case 7", 1, 2, ROW)).command.case == "D-7"
    with pytest.raises(RowRejected, match="does not begin with 'Case '"):
        mapping.command_for(SourceRow("7", 1, 2, ROW))


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("UTC", "2024-05-01T10:00:00", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("Europe/Rome", "2024-05-01T10:00:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("Europe/Rome", "2024-05-01T10:00:00Z", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("Europe/Rome", "2024-10-27T02:30:00", datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_of_the_declared_zone(tmp_path, zone, at, expected):
    source = SOURCE + f'time_zone = "{zone}"\n'
    assert translated(tmp_path, source=source, at=at).command.occurred_at == expected


def test_a_time_that_a_zone_skips_is_rejected(tmp_path):
    source = SOURCE + 'time_zone = "Europe/Rome"\n'
    with pytest.raises(RowRejected, match="does not exist in Europe/Rome"):
        translated(tmp_path, source=source, at="2024-03-31T02:30:00")


def test_a_time_format_of_its_own(tmp_path):
    source = SOURCE + 'time_format = "%d.%m.%Y %H:%M"\ntime_zone = "UTC"\n'
    command = translated(tmp_path, source=source, at="01.05.2024 10:00").command
    assert command.occurred_at == datetime(2024, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "time_format", ["%d.%m.%Y %H:%M", "%Y-%m-%d", "%Y-%j %I:%M %p", "%d/%b/%y %H%M", "%G-W%V-%u", "%c"]
)
def test_a_time_format_that_says_a_date_is_taken(tmp_path, time_format):
    source = SOURCE + f'time_format = "{time_format}"\ntime_zone = "UTC"\n'
    at = datetime(2024, 5, 1, 10, tzinfo=UTC)
    command = translated(tmp_path, source=source, at=at.strftime(time_format)).command
    assert command.occurred_at is not None
    assert command.occurred_at.date() == at.date()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('format = "csv"', 'format = "json"', "source.format: invalid enum value 'json'"),
        ('format = "csv"', "", "source.format: is missing; the keys here are: name, format"),
        ('format = "csv"', 'format = "csv"\nseparator = ";"', "source.separator: is not a key here"),
        ('format = "csv"', 'format = "xes"\ndelimiter = ";"', "source.delimiter: is for CSV only"),
        ('format = "csv"', 'format = "csv"\ndelimiter = ";;"', "source.delimiter: takes one character"),
        (
            'format = "csv"',
            'format = "csv"\nencoding = "klingon"',
            "source.encoding: 'klingon' is not an enc",
        ),
        (
            'format = "csv"',
            'format = "csv"\ntime_zone = "Rome"',
            "source.time_zone: 'Rome' is not a time zone",
        ),
        *(
            ('format = "csv"', f'format = "csv"\ntime_zone = "UTC"\ntime_format = "{given}"', reason)
            for given, reason in [
                ("dd.mm.yyyy", "source.time_format: 'dd.mm.yyyy' does not say year, month and day"),
                ("%H:%M", "source.time_format: '%H:%M' does not say year, month and day"),
                ("%d.%m. %H:%M", "source.time_format: .* does not say year, month and day"),
                ("%d.%m.%Y %Q", "source.time_format: .* cannot be read .'Q' is a bad directive"),
                ("%d.%m.%Y %", "source.time_format: .* cannot be read .*take one such as"),
                ("%d.%m.%Y %d", "source.time_format: .* cannot be read .*take one such as"),
                ("%d.%m.%Y %I:%M", "source.time_format: .* does not tell morning from afternoon"),
            ]
        ),
        (
            'format = "csv"',
            'format = "csv"\ntime_format = "%Y-%m-%d"',
            "source.time_zone: is missing: source.time_format, '%Y-%m-%d', reads no offset",
        ),
        ('name = "desk"', 'name = "desk\\n"', "source.name: or source.organisation does not make an id"),
        ('"D-{case}"', '"D"', r"case.reference: has \{case\} once"),
        ('"D-{case}"', '"{x}-{case}"', r"case.reference: has \{case\} once"),
        ('"technical_support"', '"magic"', "case.category: cannot be 'magic'"),
        ('"technical_support"', '"user_support"', "case.topic: 'server_client_connection' is not a topic"),
        ('default = "troubleshooting"', 'default = "trouble"', "case.topic: 'trouble' is not a topic"),
        ('prefix = "desk/"', 'prefix = "d", values = {}', "case.customer.prefix: does not go with `values`"),
        ('prefix = "desk/"', 'prefx = "d"', "case.customer.prefx: is not a key here; .* attribute, prefix"),
        ('"Start"', '"Start', "is not TOML"),
        ('action = "take"', 'action = "grab"', "attempts.0..action: is 'grab'; the actions are: open, take"),
        ('action = "take"', 'action = "take", agnt = "x"', "agnt: is not a field of take, which takes agent"),
        ('action = "take"', 'action = "assign"', "agent: is missing; assign needs it"),
        ('action = "take"', 'action = "effort", minutes = 0', "minutes: cannot be 0"),
        ('action = "take"', 'action = "open", topic = "x"', "topic: is not for `open`"),
        (
            'action = "take"',
            'action = "wait"} , '.replace("} ,", "}, {") + 'action = "import"',
            "is 'import'",
        ),
        (
            "[[activity]]",
            '[[activity]]\nname = "Start"\n[[activity]]',
            r"activity 2 \(Start\): is never reached",
        ),
    ],
)
def test_a_wrong_mapping_says_file_key_and_what_would_be_right(tmp_path, old, new, reason):
    text = SOURCE + CASE + attempts('{ action = "take" }')
    assert old in text
    with pytest.raises(InvalidMapping, match=f"map.toml: .*{reason}"):
        translator(tmp_path, text.replace(old, new, 1))


@given(
    rows=st.sets(
        st.tuples(st.text(max_size=5), st.text(max_size=5), st.integers(1, 99)), min_size=2, max_size=9
    )
)
def test_rows_with_different_identities_have_different_ids(rows):
    assert len({row_id(*row) for row in rows}) == len(rows)


def test_the_id_of_a_row_never_changes():
    assert str(row_id("helpdesk", "Case 1", 1)) == "45616f3d-811c-5752-b0fb-ddc78fef62b4"
