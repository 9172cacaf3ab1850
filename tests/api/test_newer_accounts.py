"""What only a newer program can read is named to the vendor, who sees all; to others it is not there."""

from __future__ import annotations

from contextlib import contextmanager

from casecore.contract.streams import DOCUMENT_SERIES, package_stream_id, party_stream_id
from tests.newer_words import as_a_newer_program_wrote, as_it_is_known


@contextmanager
def written_by_a_newer_program(accounts, stream_id, word):
    database = accounts.business.database
    as_a_newer_program_wrote(database, stream_id, word)
    try:
        yield
    finally:
        as_it_is_known(database, stream_id, word)


def is_newer(accounts, path):
    answer = accounts.door.ask(path, accounts.keys["vendor"])
    return (answer.status_code, answer.json()["code"]) == (503, "newer_than_program")


def test_a_package(accounts):
    door, vendor, nord = accounts.door, accounts.keys["vendor"], accounts.keys["nord"]
    with written_by_a_newer_program(accounts, package_stream_id("L-1"), "vendor"):
        listed = door.ask("/v1/licences", vendor).json()
        assert "L-1" not in {one["package"] for one in listed["packages"]}
        assert listed["left_out"] == ["L-1"]
        assert is_newer(accounts, "/v1/licences/L-1")
        # Nobody can tell whether it is nord's
        listed = door.ask("/v1/licences", nord).json()
        assert ({one["package"] for one in listed["packages"]}, listed["left_out"]) == ({"L-6"}, [])
        for path in ("/v1/licences", "/v1/billing/explain"):
            answer, unknown = door.ask(f"{path}/L-1", nord), door.ask(f"{path}/L-0", nord)
            assert (answer.status_code, answer.text.replace("L-1", "L-0")) == (404, unknown.text)


def test_a_party(accounts):
    door = accounts.door
    with written_by_a_newer_program(accounts, party_stream_id("nord"), "reseller"):
        for query in ("", "?role=reseller", "?role=customer"):
            assert door.ask(f"/v1/parties{query}", accounts.keys["vendor"]).json()["left_out"] == ["nord"]
        assert door.ask("/v1/parties", accounts.keys["nord"]).json()["left_out"] == []
        assert is_newer(accounts, "/v1/parties/nord")
        assert door.ask("/v1/parties/nord", accounts.keys["sued"]).status_code == 404


def test_a_document(accounts):
    last = list(accounts.reference.documents.values())[-1]
    path = f"/v1/billing/documents/{last.number}"
    with written_by_a_newer_program(accounts, DOCUMENT_SERIES, last.kind.value):
        assert is_newer(accounts, path)
        answer = accounts.door.ask(path, accounts.keys["stranger"])
        unknown = accounts.door.ask("/v1/billing/documents/R-999999", accounts.keys["stranger"])
        assert (answer.status_code, answer.text.replace(last.number, "R-999999")) == (404, unknown.text)
