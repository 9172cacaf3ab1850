"""The catalogue of views: each has a name and a health port of its own, which no new view moves."""

from __future__ import annotations

from projections.catalogue import CATALOGUE, VIEWS

RELAY, AUDIT, WATCH, API = 0, 5, 6, 7


def test_a_view_answers_health_checks_where_it_always_has() -> None:
    offsets = {name: entry.health_port_offset for name, entry in CATALOGUE.items()}
    assert offsets.items() >= {"billing": 1, "sla": 2, "timeline": 3, "workload": 4}.items()


def test_no_two_processes_share_a_health_port() -> None:
    offsets = [RELAY, AUDIT, WATCH, API, *(entry.health_port_offset for entry in CATALOGUE.values())]
    assert len(set(offsets)) == len(offsets)


def test_a_view_is_found_by_its_name() -> None:
    assert {name: view.name for name, view in VIEWS.items()} == {name: name for name in CATALOGUE}
