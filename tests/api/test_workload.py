"""The workload over HTTP: every sum is over the cases in which an organisation has a part."""

from __future__ import annotations

from casecore.app.freshness import waiting
from casecore.app.freshness.search import find_awaited
from casecore.identity.identity import Scope
from projections.workload.projection import WORKLOAD
from tests.api.desk import done, opened
from tests.projections.stored import fold_store


def test_each_identity_gets_the_sums_over_the_cases_that_it_sees(door, database):
    nord, sued = door.key("seller:nord:ida"), door.key("seller:sued:tom")
    solved, waiting = opened(door, nord), opened(door, nord)
    done(door, nord, solved, "take", agent="ida")
    done(door, nord, solved, "effort", minutes=30)
    done(door, nord, solved, "resolve", resolution_code="solved")
    done(door, nord, waiting, "take")
    done(door, nord, waiting, "wait")
    opened(door, sued, seller="sued", customer="zahn")
    fold_store(database, WORKLOAD)

    analyst = door.key("seller:nord:ada", Scope.ANALYST)
    of_nord = door.client.get("/v1/workload", headers=analyst).json()
    assert of_nord["totals"]["cases"] == 2
    assert (of_nord["totals"]["open"], of_nord["totals"]["effort_minutes"]) == (1, 30)
    assert [(one["name"], one["cases"], one["waiting"]) for one in of_nord["by_level"]] == [("level_0", 1, 1)]
    assert [one["name"] for one in of_nord["by_organisation"]] == ["nord"]
    assert sum(one["cases"] for one in of_nord["by_age"]) == 1
    assert [(one["came_in"], one["went_out"], one["backlog"]) for one in of_nord["latest_days"]] == [
        (2, 1, 1)
    ]
    assert of_nord["first_level"] == [{"seller": "nord", "resolved": 1, "at_first_level": 1}]
    assert of_nord["behind"] == 0

    of_sued = door.client.get("/v1/workload", headers=sued).json()
    assert (of_sued["totals"]["cases"], of_sued["first_level"]) == (1, [])
    assert "nord" not in str(of_sued)
    of_vendor = door.client.get("/v1/workload", headers=door.key("vendor:vendor:ann")).json()
    assert of_vendor["totals"]["cases"] == 3
    nobody = door.client.get("/v1/workload", headers=door.key("customer:other:max")).json()
    assert nobody["totals"]["cases"] == 0
    assert sum(one["cases"] for one in nobody["by_age"]) == 0
    accountant = door.key("seller:nord:ada", Scope.ACCOUNTANT)
    assert door.client.get("/v1/workload", headers=accountant).status_code == 403


def test_while_nothing_is_stored_a_view_is_searched_once_for_all_who_ask(door, database, monkeypatch):
    # Given a view that has all that is stored
    nord = door.key("seller:nord:ida")
    opened(door, nord)
    fold_store(database, WORKLOAD)
    searched = []
    monkeypatch.setattr(waiting, "find_awaited", lambda view: (searched.append(view), find_awaited(view))[1])

    def behind(path, who=nord):
        return door.client.get(path, headers=who).json()["behind"]

    # When many ask, then it is searched for the first of them
    assert (behind("/v1/workload"), behind("/v1/cases")) == (0, 0)
    assert behind("/v1/workload", door.key("vendor:vendor:ann")) == 0
    assert len(searched) == 1
    # And once something is stored that it lacks, whoever asks hears so
    opened(door, nord)
    assert (behind("/v1/cases"), behind("/v1/workload")) == (1, 1)
    fold_store(database, WORKLOAD)
    assert (behind("/v1/cases"), behind("/v1/workload")) == (0, 0)
