"""What a newer program stores: an event of a known type, with a word that today's program does not know."""

from __future__ import annotations

from uuid import UUID

import psycopg

WORD = "word_of_tomorrow"

_REWRITE = """update casecore.stored_events
set state = convert_to(replace(convert_from(state, 'UTF8'), %s, %s), 'UTF8')
where originator_id = %s and originator_version = (
  select max(originator_version) from casecore.stored_events where originator_id = %s)
and convert_from(state, 'UTF8') like '%%' || %s || '%%'"""


def as_a_newer_program_wrote(database: str, stream_id: UUID, word: str) -> None:
    """Put a word of tomorrow in the place of one, in the last event of a stream."""
    given = f'"{word}"'
    with psycopg.connect(database, autocommit=True) as connection:
        done = connection.execute(_REWRITE, (given, f'"{WORD}"', stream_id, stream_id, given))
        assert done.rowcount == 1, f"the last event of {stream_id} has no {given}"


def as_a_newer_program_appends(database: str, stream_id: UUID, word: str) -> None:
    """Store the last event of a stream once more, as its next one, with a word of tomorrow in it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into casecore.stored_events"
            " (originator_id, originator_version, topic, state, recorded_at)"
            " select originator_id, originator_version + 1, topic, state, recorded_at"
            " from casecore.stored_events where originator_id = %s order by originator_version desc limit 1",
            (stream_id,),
        )
    as_a_newer_program_wrote(database, stream_id, word)


def as_it_is_known(database: str, stream_id: UUID, word: str) -> None:
    """Put the known word back, as if this program had learned the other one meanwhile."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "update casecore.stored_events"
            " set state = convert_to(replace(convert_from(state, 'UTF8'), %s, %s), 'UTF8')"
            " where originator_id = %s",
            (f'"{WORD}"', f'"{word}"', stream_id),
        )
