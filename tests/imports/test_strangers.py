"""Files as other programs write them, each with what comes of it; made after public complaints."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile

import msgspec
import pytest

from casecore.imports.errors import InvalidMapping, SourceBroken
from casecore.imports.summary import ImportIncomplete
from tests.imports.dry_run import (
    ACTIVITIES,
    CASE,
    CSV,
    MAPPING,
    STRANGERS,
    Outcome,
    in_source,
    of_text,
    outcome,
)

LOG = (
    '<log><trace><string key="concept:name" value="Z-1"/><event><string key="concept:name" value="Taken"/>'
    '<date key="time:timestamp" value="2024-05-06T09:00:00Z"/></event></trace></log>'
)
XES = '\n[source]\nname = "strangers"\nformat = "xes"\n' + CASE + ACTIVITIES


# The order of rows.


def test_rows_from_the_newest_are_taken_in_the_order_of_their_times(tmp_path):
    found = outcome(tmp_path, STRANGERS / "newest_first.csv", in_source('order = "time"'))
    assert found.events == [
        ("S-T-1", "opened", "2024-05-06T09:00:00Z"),
        ("S-T-1", "taken", "2024-05-06T09:30:00Z"),
        ("S-T-1", "resolved", "2024-05-06T12:00:00Z"),
        ("S-T-2", "taken", "2024-05-06T14:00:00Z"),
        ("S-T-2", "resolved", "2024-05-06T15:00:00Z"),
        ("S-T-1", "closed", "2024-05-07T09:00:00Z"),
    ]
    assert [c.do.source.place for c in found.commands if c.case == "S-T-1"] == [1, 2, 3, 4]
    assert found.summary.implied == 1  # the opening of T-2, which the file does not have
    assert not found.summary.needs_a_look


def test_rows_that_go_back_in_time_need_a_look_unless_the_mapping_states_the_order(tmp_path):
    unstated = outcome(tmp_path, STRANGERS / "newest_first.csv").summary
    assert (unstated.went_back, unstated.needs_a_look) == (4, True)
    stated = outcome(tmp_path, STRANGERS / "newest_first.csv", in_source('order = "file"'))
    assert (stated.summary.went_back, stated.summary.needs_a_look) == (0, False)
    assert [event.event for event in stated.events[:4]] == ["closed", *["activity_noted"] * 3]


@pytest.mark.parametrize("newest_first", [False, True])
def test_rows_of_one_time_keep_the_order_in_which_they_happened(tmp_path, newest_first):
    rows = [
        "1,Opened,2024-05-06T09:00:00Z,",
        "1,Taken,2024-05-06T09:30:00Z,",
        "1,Resolved,2024-05-06T10:00:00Z,",
        "1,Closed,2024-05-06T10:00:00Z,",
    ]
    text = "\n".join(["case,activity,time,person", *(reversed(rows) if newest_first else rows)])
    found = of_text(tmp_path, text, in_source('order = "time"'))
    assert [event.event for event in found.events] == ["opened", "taken", "resolved", "closed"]
    assert found.summary.noted == 0


def test_the_next_month_s_export_leaves_the_places_of_the_rows_before_as_they_are(tmp_path):
    header, *rows = (STRANGERS / "newest_first.csv").read_text().splitlines()
    mapping = in_source('order = "time"')
    before = of_text(tmp_path, "\n".join([header, *rows[1:]]), mapping)
    after = of_text(tmp_path, "\n".join([header, *rows]), mapping)
    assert {c.command_id for c in before.commands} < {c.command_id for c in after.commands}


def test_of_a_file_to_be_sorted_nothing_is_imported_if_it_breaks_off(tmp_path):
    raw = gzip.compress((STRANGERS / "newest_first.csv").read_bytes(), mtime=0)
    source = tmp_path / "log.csv.gz"
    source.write_bytes(raw[:-20])
    with pytest.raises(SourceBroken, match="cut off"):
        outcome(tmp_path, source, in_source('order = "time"'))


# Columns.


def test_a_column_without_a_name_is_left_out_and_that_is_said_once(tmp_path):
    found = outcome(tmp_path, STRANGERS / "unnamed_column.csv")
    assert [event.event for event in found.events] == ["taken", "resolved"]
    assert [command.do.source.attributes for command in found.commands] == [{}, {}]
    assert found.summary.notes == ["Without a name, and left out: column 1."]
    assert found.summary.rejected == 0


def test_the_second_column_of_a_name_has_a_number(tmp_path):
    mapping = (
        CSV.replace('"case"', '"Issue key"').replace('"activity"', '"Status"').replace('"time"', '"Updated"')
        + 'time_format = "%d/%b/%y %I:%M %p"\ntime_zone = "Europe/Berlin"\n'
        + CASE
    )
    [command] = outcome(tmp_path, STRANGERS / "repeated_columns.csv", mapping).commands
    assert command.case == "S-P-1"
    assert command.do.source.attributes == {
        "Summary": "printer stuck",
        "Labels": "urgent",
        "Labels.2": "hall",
        "Comment": "first try",
        "Comment.2": "second try",
    }


def test_a_number_that_is_another_column_s_name_is_passed_over(tmp_path):
    text = "case,activity,time,x,x.2,x,x\n1,Taken,2024-05-06T09:00:00Z,a,b,c,d\n"
    [command] = of_text(tmp_path, text).commands
    assert command.do.source.attributes == {"x": "a", "x.2": "b", "x.3": "c", "x.4": "d"}


def test_a_column_that_the_mapping_needs_may_be_there_once_only(tmp_path):
    with pytest.raises(SourceBroken, match="two columns are named 'activity': rename one"):
        of_text(tmp_path, "case,activity,activity,time\n")


# Times.


def test_times_are_read_in_all_the_forms_that_the_mapping_lists(tmp_path):
    formats = 'time_format = ["iso", "unix_ms", "unix", "excel", "%d.%m.%Y %H:%M"]'
    found = outcome(tmp_path, STRANGERS / "times.csv", in_source(formats, 'time_zone = "Europe/Berlin"'))
    at = {event.case: event.at for event in found.events}
    assert at == {
        "S-E-1": "2024-05-06T07:00:00Z",  # 09:00 in Berlin
        "S-E-2": "2024-05-06T07:00:00Z",
        "S-E-3": "2024-05-06T07:00:00Z",
        "S-E-4": "2024-05-06T07:00:00Z",
        "S-E-5": "2024-05-06T07:00:00Z",
        "S-E-6": "2024-05-06T07:00:00Z",
        "S-E-7": "2024-05-06T07:00:00Z",
        "S-E-8": "2024-05-05T22:00:00Z",
        "S-E-9": "2024-05-06T07:00:00.123456Z",
    }
    assert found.summary.shortened_time == 1


def test_what_is_in_none_of_the_forms_is_rejected_with_all_of_them(tmp_path):
    mapping = in_source('time_format = ["excel", "%d.%m.%Y %H:%M"]', 'time_zone = "UTC"')
    reasons = outcome(tmp_path, STRANGERS / "times.csv", mapping).reasons
    assert reasons[3] == "the time '1714978800' is in none of the formats excel, %d.%m.%Y %H:%M"


@pytest.mark.parametrize(
    ("time_format", "text", "at"),
    [
        ("excel", "45418,375", "2024-05-06T09:00:00Z"),
        ("excel", "45418.3854166667", "2024-05-06T09:15:00Z"),
        ("unix", "1714978800.5", "2024-05-06T07:00:00.500000Z"),
        ("unix_ms", "1714978800500", "2024-05-06T07:00:00.500000Z"),
        ("%Y-%m-%d %H:%M:%S %Z", "2024-05-06 07:00:00 UTC", "2024-05-06T07:00:00Z"),
        ("%Y-%m-%d %H:%M:%S %Z", "2024-05-06 07:00:00 GMT", "2024-05-06T07:00:00Z"),
        ("%Y-%m-%d %H:%M:%S.%f", "2024-05-06 07:00:00.123456789", "2024-05-06T07:00:00.123456Z"),
    ],
)
def test_a_form_of_time(tmp_path, time_format, text, at):
    mapping = in_source(f'time_format = "{time_format}"', 'time_zone = "UTC"')
    [event] = of_text(tmp_path, f'case,activity,time,person\n1,Taken,"{text}",\n', mapping).events
    assert event.at == at


def test_utc_by_name_is_not_read_in_the_mapping_s_zone_and_other_names_are_refused(tmp_path):
    mapping = in_source('time_format = "%Y-%m-%d %H:%M %Z"', 'time_zone = "Europe/Berlin"')
    text = "case,activity,time,person\n1,Taken,2024-05-06 07:00 UTC,\n2,Taken,2024-05-06 07:00 CET,\n"
    found = of_text(tmp_path, text, mapping)
    assert [event.at for event in found.events] == ["2024-05-06T07:00:00Z"]
    assert "cannot be read" in found.reasons[3]


def test_excel_s_days_need_a_zone(tmp_path):
    with pytest.raises(InvalidMapping, match=r'source.time_zone: is missing: source.time_format "excel"'):
        outcome(tmp_path, STRANGERS / "times.csv", in_source('time_format = "excel"'))


def test_zeros_after_the_sixth_digit_are_no_loss(tmp_path):
    text = "case,activity,time,person\n1,Taken,2024-05-06T07:00:00.1234560000Z,\n"
    assert of_text(tmp_path, text).summary.shortened_time == 0


def test_a_case_from_before_1970_needs_an_earliest_year(tmp_path):
    text = "case,activity,time,person\n1,Taken,1969-05-06T07:00:00Z,\n"
    assert "before the year 1970" in of_text(tmp_path, text).reasons[2]
    [event] = of_text(tmp_path, text, in_source("earliest_year = 1960")).events
    assert event.at == "1969-05-06T07:00:00Z"
    assert "before the year 1970" in of_text(tmp_path, text, in_source("earliest_year = 1970")).reasons[2]
    with pytest.raises(InvalidMapping, match=r"source\.earliest_year"):
        of_text(tmp_path, text, in_source("earliest_year = 19"))


# Ids and texts.


def test_spaces_around_a_case_make_no_case_of_their_own(tmp_path):
    found = outcome(tmp_path, STRANGERS / "case_ids.csv")
    assert [event.case for event in found.events] == ["S-1"]
    assert found.reasons == {
        3: "case is ' 1', with a space at one of its ends",
        4: "case is 'S-1 ', with a space at one of its ends",
    }


@pytest.mark.parametrize("reference", ["{case}", "S-{case}", "{case}-S", "S-{case}-S"])
@pytest.mark.parametrize("case", [" 1", "1 ", "\u00a01", "Case  1", "Case 1 "])
def test_a_space_at_either_end_is_refused_wherever_the_case_is_put(tmp_path, reference, case):
    strip = "Case " if case.startswith("Case") else ""
    mapping = MAPPING.replace('"S-{case}"', f'"{reference}"\nstrip_prefix = "{strip}"')
    found = of_text(tmp_path, f'case,activity,time,person\n"{case}",Taken,2024-05-06T07:00:00Z,\n', mapping)
    assert found.events == []
    assert "with a space at one of its ends" in found.reasons[2]


def test_a_space_before_an_id_is_refused_also_after_a_prefix(tmp_path):
    mapping = MAPPING.replace('"customer"', '{ attribute = "person", prefix = "desk " }')
    found = of_text(tmp_path, "case,activity,time,person\n1,Taken,2024-05-06T07:00:00Z, Ann\n", mapping)
    assert found.reasons == {2: "person is ' Ann', with a space at one of its ends"}


def test_a_long_text_is_rejected_by_its_attribute_s_name(tmp_path):
    found = outcome(tmp_path, STRANGERS / "long_text.csv")
    assert [event.event for event in found.events] == ["resolved"]
    assert found.reasons[2].startswith("description has ")
    assert "may have a length <= 2000: with attributes.on_long_text" in found.reasons[2]


def test_a_long_text_is_cut_where_the_mapping_says_so_and_counted(tmp_path):
    mapping = MAPPING + '\n[attributes]\non_long_text = "truncate"\n'
    found = outcome(tmp_path, STRANGERS / "long_text.csv", mapping)
    assert [event.event for event in found.events] == ["taken", "resolved"]
    description = found.commands[0].do.source.attributes["description"]
    assert len(description) == 2_000
    assert description.startswith("a long story")
    assert description.endswith("…")
    assert found.summary.truncated == 1


@pytest.mark.parametrize("truncates", [False, True])
def test_a_text_that_is_too_long_for_a_field_is_treated_alike(tmp_path, truncates):
    mapping = MAPPING.replace("[case]", '[case]\nsubject = { attribute = "title" }')
    mapping += '\n[attributes]\nkeep = []\non_long_text = "truncate"\n' if truncates else ""
    text = f"case,activity,time,person,title\n1,Taken,2024-05-06T07:00:00Z,,{'x' * 300}\n"
    found = of_text(tmp_path, text, mapping)
    if truncates:
        assert found.commands[0].do.opening.subject == "x" * 199 + "…"
        assert found.summary.truncated == 1
    else:
        assert found.reasons[2].startswith(
            "title has 300 characters, and may have a length <= 200 in subject: "
        )


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        (
            "x",
            f"1,{'a' * 300},2024-05-06T07:00:00Z,,",
            "activity has 300 characters, and may have a length <= 200",
        ),
        (
            "x",
            f"1,Taken,2024-05-06T07:00:00Z,{'a' * 300},",
            "resource has 300 characters, and may have a length <= 200",
        ),
        (
            "x",
            f"{'1' * 150},Taken,2024-05-06T07:00:00Z,,",
            "case has 152 characters, and may have a length <= 100",
        ),
        (
            "x" * 300,
            "1,Taken,2024-05-06T07:00:00Z,,b",
            "an attribute's name has 300 characters, and may have a length <= 200",
        ),
    ],
)
def test_whatever_is_too_long_is_named_with_its_bound(tmp_path, header, row, reason):
    found = of_text(tmp_path, f"case,activity,time,person,{header}\n{row}\n")
    assert found.reasons == {2: reason}


# Several events of a row.

WIDE = (
    '[source]\nname = "strangers"\nformat = "csv"\ncase = "ticket"\n'
    + CASE.replace('"customer"', '{ attribute = "customer" }')
    + """
[[row]]
activity = "Opened"
time = "created_at"

[[row]]
activity = "Answered"
time = "first_response_at"

[[row]]
activity = "Resolved"
time = "resolved_at"

[[row]]
activity = "Closed"
time = "closed_at"

[[activity]]
name = "Answered"
attempts = [{ action = "message", text = "(the list has no texts)", sender = "agent" }]
"""
    + ACTIVITIES
)


def contents(found: Outcome) -> set[bytes]:
    """The commands, in a form that can be compared."""
    return {msgspec.json.encode(command) for command in found.commands}


def test_one_row_for_each_ticket_makes_an_event_for_each_of_its_times(tmp_path):
    found = outcome(tmp_path, STRANGERS / "wide.csv", WIDE)
    assert found.events == [
        ("S-W-1", "opened", "2024-05-06T09:00:00Z"),
        ("S-W-1", "message_posted", "2024-05-06T10:00:00Z"),
        ("S-W-1", "resolved", "2024-05-06T16:00:00Z"),
        ("S-W-1", "closed", "2024-05-07T09:00:00Z"),
        ("S-W-2", "opened", "2024-05-06T09:30:00Z"),
    ]
    assert found.commands[1].do.attempts[0].sender.value == "agent"
    assert [command.do.source.attributes for command in found.commands] == [{"customer": "c-1"}] * 4 + [
        {"customer": "c-2"}
    ]
    assert (found.summary.rows, found.summary.cases) == (5, 2)


def test_a_time_that_a_ticket_gets_later_leaves_its_other_events_as_they_are(tmp_path):
    text = (STRANGERS / "wide.csv").read_text()
    before = outcome(tmp_path, STRANGERS / "wide.csv", WIDE)
    after = of_text(tmp_path, text.replace("09:30:00Z,,,", "09:30:00Z,,2024-05-08T09:00:00Z,"), WIDE)
    last = of_text(
        tmp_path, text.replace("09:30:00Z,,,", "09:30:00Z,2024-05-07T09:00:00Z,2024-05-08T09:00:00Z,"), WIDE
    )
    assert contents(before) < contents(after) < contents(last)


def test_several_events_of_a_row_are_put_into_the_order_of_time_too(tmp_path):
    mapping = WIDE.replace('"csv"', '"csv"\norder = "time"')
    found = outcome(tmp_path, STRANGERS / "wide.csv", mapping)
    assert [event.at for event in found.events] == sorted(event.at for event in found.events)
    assert contents(found) == contents(outcome(tmp_path, STRANGERS / "wide.csv", WIDE))


def test_a_row_without_any_time_is_rejected_once(tmp_path):
    text = "ticket,customer,created_at,first_response_at,resolved_at,closed_at\nW-1,c-1,,,,\n"
    found = of_text(tmp_path, text, WIDE)
    assert found.summary.rows == 1
    assert "none of created_at, first_response_at, resolved_at, closed_at is filled in" in found.reasons[2]


@pytest.mark.parametrize("key", ["activity", "time"])
def test_a_mapping_with_several_events_of_a_row_has_no_other_activity_or_time(tmp_path, key):
    mapping = WIDE.replace('"csv"', f'"csv"\n{key} = "x"')
    with pytest.raises(InvalidMapping, match=rf"source.{key}: does not go with \[\[row\]\]"):
        outcome(tmp_path, STRANGERS / "wide.csv", mapping)


# Patterns.


def test_values_and_when_match_by_regular_expressions_too(tmp_path):
    mapping = (
        CSV
        + CASE.replace(
            '"troubleshooting"',
            '{ attribute = "about", values = { net = "recovery" },'
            ' regex = { "(?i)^net" = "system_settings", "print" = "patch_installation" },'
            ' default = "troubleshooting" }',
        )
        + """
[[activity]]
name = "Done"
when = { about = { regex = "(?i)printer" } }
attempts = [{ action = "resolve", resolution_code = "workaround" }]

[[activity]]
name = "Done"
attempts = [{ action = "resolve", resolution_code = "solved" }]
"""
    )
    rows = [
        f"{n},Done,2024-05-06T07:00:00Z,,{about}"
        for n, about in enumerate(["net", "Network", "a PRINTER", ""])
    ]
    found = of_text(tmp_path, "\n".join(["case,activity,time,person,about", *rows]), mapping)
    assert [(c.do.opening.topic, c.do.attempts[0].resolution_code) for c in found.commands] == [
        ("recovery", "solved"),
        ("system_settings", "solved"),
        ("troubleshooting", "workaround"),
        ("troubleshooting", "solved"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            '"troubleshooting"',
            '{ attribute = "x", regex = { "(" = "recovery" } }',
            r"case.topic.regex.\(: '\('",
        ),
        ('"troubleshooting"', '{ attribute = "x", regex = { a = "magic" } }', "case.topic: 'magic' is not a"),
        ('"customer"', '{ attribute = "x", prefix = "a", regex = {} }', "prefix: does not go with `regex`"),
        (
            'name = "Taken"',
            'name = "Taken"\nwhen = { x = { regex = "[" } }',
            r"when.x: '\[' is not a regular",
        ),
    ],
)
def test_a_wrong_pattern_is_said_before_any_row_is_read(tmp_path, old, new, reason):
    with pytest.raises(InvalidMapping, match=reason):
        outcome(tmp_path, STRANGERS / "newest_first.csv", MAPPING.replace(old, new, 1))


# Files of other kinds.


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("packed.xes.bz2", bz2.compress(LOG.encode()), "is compressed with bzip2: unpack it"),
        ("packed.xes.xz", lzma.compress(LOG.encode()), "is compressed with xz: unpack it"),
        (
            "twice.xes.gz.gz",
            gzip.compress(gzip.compress(LOG.encode(), mtime=0), mtime=0),
            "is compressed with gzip twice",
        ),
        ("page.xes", (STRANGERS / "page.xes").read_bytes(), "begins with <!DOCTYPE html>: it is a web page"),
        ("page.csv", (STRANGERS / "page.xes").read_bytes(), "begins with <!DOCTYPE html>: it is a web page"),
        ("page.xes.gz", gzip.compress(b"\n<HTML>", mtime=0), "begins with <HTML>: it is a web page"),
        ("list.pdf", b"%PDF-1.7", "is a PDF"),
        (
            "list.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "is an old Excel or Word file: save its table as CSV",
        ),
    ],
)
def test_a_file_of_another_kind_is_named_with_what_is_read(tmp_path, name, content, what):
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(
        SourceBroken, match="read are XES and CSV, plain or compressed once with gzip"
    ) as broken:
        outcome(tmp_path, source, XES if ".xes" in name else MAPPING)
    assert what in str(broken.value)


@pytest.mark.parametrize(
    ("member", "what"),
    [
        ("log.xes", "is a ZIP archive: unpack it"),
        ("[Content_Types].xml", "is an Excel or Word file: save its table as CSV"),
    ],
)
def test_an_archive_is_named_with_what_is_read(tmp_path, member, what):
    source = tmp_path / "zipped.xes.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr(member, LOG)
    for mapping in (XES, MAPPING):
        with pytest.raises(SourceBroken, match=what):
            outcome(tmp_path, source, mapping)


def test_a_document_type_within_a_log_is_still_refused(tmp_path):
    with pytest.raises((SourceBroken, ImportIncomplete), match="declares a document type"):
        of_text(tmp_path, f"<!DOCTYPE log []>{LOG}", XES, "log.xes")
