"""Cases that many ask for at once are looked up in few questions, and each request gets its own answer."""

from __future__ import annotations

import asyncio
from threading import Event

from casecore.api.questions.lookups import CaseLookups
from casecore.contract.streams import case_stream_id
from casecore.postgres.errors import DatabaseUnavailable
from tests.waiting import LIMIT_SECONDS


class Rows:
    """Answers with each stream's id, once it may."""

    def __init__(self, error=None):
        self.asked, self.may_answer, self.error = [], Event(), error

    def find(self, stream_ids):
        self.asked.append(set(stream_ids))
        assert self.may_answer.wait(LIMIT_SECONDS)
        if self.error is not None:
            raise self.error
        return {one: one for one in stream_ids if one != case_stream_id("C-none")}

    def close(self):
        self.is_closed = True


async def looked_up(rows, *cases):
    lookups = CaseLookups(rows)
    first = asyncio.create_task(lookups.find("C-first"))
    while not rows.asked:
        await asyncio.sleep(0)
    others = [asyncio.create_task(lookups.find(case)) for case in cases]
    await asyncio.sleep(0)
    return lookups, first, others


def test_what_is_asked_while_a_question_is_under_way_is_in_the_next_one():
    async def run(rows):
        lookups, first, others = await looked_up(rows, "C-1", "C-2", "C-1", "C-none")
        others[1].cancel()  # one who asked is gone
        rows.may_answer.set()
        found = [await first, *await asyncio.gather(*others, return_exceptions=True)]
        lookups.close()
        return found

    rows = Rows()
    found = asyncio.run(run(rows))
    one, two = case_stream_id("C-1"), case_stream_id("C-2")
    assert found[:2] == [case_stream_id("C-first"), one]
    assert isinstance(found[2], asyncio.CancelledError)
    assert found[3:] == [one, None]
    assert rows.asked == [{case_stream_id("C-first")}, {one, two, case_stream_id("C-none")}]
    assert rows.is_closed


def test_where_the_database_does_not_answer_nothing_is_found_and_a_fault_is_heard():
    async def run(rows):
        lookups, first, others = await looked_up(rows, "C-1")
        rows.may_answer.set()
        found = await asyncio.gather(first, *others, return_exceptions=True)
        lookups.close()
        return found

    assert asyncio.run(run(Rows(DatabaseUnavailable("away")))) == [None, None]
    assert [type(one) for one in asyncio.run(run(Rows(ZeroDivisionError())))] == [ZeroDivisionError] * 2


def test_a_question_is_about_a_bounded_number_of_cases():
    async def run(rows):
        lookups, first, others = await looked_up(rows, *(f"C-{number}" for number in range(300)))
        rows.may_answer.set()
        await asyncio.gather(first, *others)
        lookups.close()

    rows = Rows()
    asyncio.run(run(rows))
    assert [len(asked) for asked in rows.asked] == [1, 256, 44]
