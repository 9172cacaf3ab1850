"""Who hears that a case is theirs no more: those who had a part in it, and nobody else."""

from __future__ import annotations

from casecore.cases import commands as c
from casecore.contract.cases import Category
from casecore.contract.streams import case_stream_id
from casecore.web.live.lost import lost_by
from casecore.web.live.unshown import HeardEvent
from tests.web.casework import OEHLER, Casework
from tests.web.sites import ADDRESS, Site

PIA = "partner:hilfe:pia"


def test_a_partner_hears_of_a_case_that_it_was_taken_out_of(site: Site) -> None:
    # Given a case of user support, whose partner gave it to another one
    work = Casework(site.database)
    opening = c.OpenCase(
        customer="praxis-ost",
        seller="nord",
        partner="hilfe",
        category=Category.USER_SUPPORT,
        topic="program_use",
    )
    given_away = c.ReclassifyCase(category=Category.USER_SUPPORT, topic="training", partner="andere")
    work.do(OEHLER, "C-1", (opening, 300))
    work.do(PIA, "C-1", (c.TakeCase(agent="pia"), 200), (given_away, 100))
    with work.app() as app:
        events = app.stream(case_stream_id("C-1"))
        # When it is asked by which of its events somebody lost it
        lost = {
            event.type: lost_by(app, HeardEvent(event.stream_id, event.version, "case:C-1"))
            for event in events
        }
    # Then the partner did by the reclassification, and nobody else ever
    assert [parties for parties in lost.values() if parties] == [frozenset({"hilfe"})]
    assert "reclassified" in next(name for name, parties in lost.items() if parties)


def test_a_stream_for_nobody_says_so_in_place_of_leading_to_the_login(site: Site) -> None:
    answer = site.browser().client.get("/live", headers={"Accept": "text/html, text/event-stream"})

    assert answer.status_code == 401
    assert ADDRESS not in answer.headers.get("location", "")
