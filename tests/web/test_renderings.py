"""Open pages that are told of the same change are made once: for one identity, and never older than that."""

from __future__ import annotations

import asyncio
import re

from hypothesis import given
from hypothesis import strategies as st

from casecore.app.actors import parse_actor
from casecore.identity.identity import Identity, Scope
from casecore.web.frame import SharedPage
from casecore.web.live.numbers import ToldNumbers
from casecore.web.live.renderings import RenderingKey, Renderings
from tests.profiles import scaled
from tests.web.casework import IDA, JAN, VERA

SCOPES = frozenset({Scope.AGENT})
PEOPLE = [Identity(parse_actor(name), SCOPES, name) for name in (IDA, JAN, VERA)]


class Making:
    """Makes pages that say for whom they are, and what had changed when they were begun."""

    def __init__(self) -> None:
        self.renderings = Renderings()
        self.numbers = ToldNumbers()
        self.changes = 0
        self.made = 0

    async def ask(self, who: Identity, told: str) -> str:
        async def make() -> SharedPage:
            self.made += 1
            text = f"{who.actor.person} {self.changes}"
            await asyncio.sleep(0)
            return SharedPage(text.encode(), "mark")

        key = RenderingKey(who, "en", "/work", told)
        return (await self.renderings.of(key, make)).body.decode()


def test_all_tabs_of_somebody_that_are_told_of_a_change_get_one_rendering() -> None:
    async def ask() -> tuple[list[str], int]:
        making = Making()
        told = making.numbers.next()
        texts = await asyncio.gather(*(making.ask(PEOPLE[0], told) for _ in range(10)))
        return texts, making.made

    texts, made = asyncio.run(ask())

    assert made == 1
    assert set(texts) == {"ida 0"}


steps = st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 2), st.integers(0, 3))), max_size=30)


@scaled(1)
@given(steps=steps)
def test_nobody_gets_the_page_of_another_or_one_that_is_older_than_what_was_told(
    steps: list[tuple[int, int] | None],
) -> None:
    async def run() -> None:
        making, told, asked = Making(), [(0, "first")], []
        for step in steps:
            if step is None:  # Something changes, and all are told
                making.changes += 1
                told.append((making.changes, making.numbers.next()))
                continue
            # Somebody asks, who was told some time ago
            person, back = step
            change, number = told[max(len(told) - 1 - back, 0)]
            asked.append((person, change, asyncio.create_task(making.ask(PEOPLE[person], number))))
            await asyncio.sleep(0)
        for person, change, answer in asked:
            name, shown = (await answer).split()
            assert name == PEOPLE[person].actor.person
            assert int(shown) >= change

    asyncio.run(run())


def test_a_number_of_another_process_and_one_that_was_not_told_yet_are_not_known() -> None:
    here, there = ToldNumbers(), ToldNumbers()
    told = here.next()
    process = told.partition(".")[0]

    assert here.has_told(told)
    for number in (
        "",
        there.next(),
        f"{process}.2",
        f"{process}.0",
        f"{process}.-1",
        f"{process}.x",
        process,
    ):
        assert not here.has_told(number)


def test_one_that_asks_no_more_ends_nothing_for_the_others_and_a_failure_is_not_kept() -> None:
    async def run() -> None:
        renderings, may_end, fails = Renderings(), asyncio.Event(), True
        key = RenderingKey(PEOPLE[0], "en", "/work", "1")

        async def make() -> SharedPage:
            await may_end.wait()
            if fails:
                raise OSError
            return SharedPage(b"made", "mark")

        first, second = (asyncio.create_task(renderings.of(key, make)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        may_end.set()
        found = await asyncio.gather(second, return_exceptions=True)
        assert [type(one) for one in found] == [OSError]
        fails = False
        assert (await renderings.of(key, make)).body == b"made"

    asyncio.run(run())


def test_each_browser_has_its_own_token_and_each_form_an_id_of_its_own() -> None:
    page = SharedPage(b'<i token="token-abc"><i id="id-abc"><i id="id-abc">', "abc")

    ida, other = page.filled("T1").decode(), page.filled("T2").decode()

    ids = re.findall(r' id="([0-9a-f-]{36})"', ida + other)
    assert len(set(ids)) == 4
    assert 'token="T1"' in ida
    assert 'token="T2"' in other
