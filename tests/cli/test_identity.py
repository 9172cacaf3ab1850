"""`casecore identity`: a key is shown once, listed without its secret, and revoked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from casecore.cli.main import app
from casecore.contract.envelope import Role
from casecore.identity.errors import NotAuthenticated
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from tests.cli.asking import asked, error_of, run


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyFile:
    """The keys as a server reads them."""
    monkeypatch.setenv("CASECORE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    return KeyFile(tmp_path / "keys.json")


def test_a_key_is_all_that_is_printed_and_says_for_whom_it_was_made(keys: KeyFile) -> None:
    # When a key is made for a script, which reads what is printed
    done = CliRunner().invoke(app, ["identity", "add", "seller:nord:ida"])
    # Then that is the key, and a server knows by it who asks; people are told beside it
    shown = keys.identify(done.stdout.strip(), datetime.now(UTC))
    assert (shown.actor.role, shown.actor.organisation, shown.actor.person) == (Role.SELLER, "nord", "ida")
    assert shown.scopes == {Scope.AGENT}
    assert "is shown this once" in " ".join(done.stderr.split())


def test_a_list_shows_no_secret_and_what_became_of_each(keys: KeyFile) -> None:
    # Given a key with scopes that expires, and one that is revoked
    expires = "2099-01-01T00:00:00Z"
    more = ("--scope", "accountant", "--scope", "analyst", "--expires", expires)
    kept = asked("identity", "add", "vendor:vendor:ada", *more)
    gone = asked("identity", "add", "customer:praxis:eva")
    assert "is revoked" in run("identity", "revoke", gone["id"])
    # Then both are listed, with all that is known of them but their secrets and fingerprints
    listed = asked("identity", "list")
    assert [one["id"] for one in listed] == [kept["id"], gone["id"]]
    assert [one["usable"] for one in listed] == [True, False]
    assert listed[0] == {name: value for name, value in kept.items() if name != "key"}
    assert (kept["scopes"], kept["expires_at"]) == (["accountant", "analyst"], expires)
    printed = run("identity", "list")
    assert "vendor:vendor:ada" in printed
    assert "was revoked" in printed
    secrets = [one["key"].rpartition("_")[2] for one in (kept, gone)]
    assert not any(secret in printed + str(listed) + keys.path.read_text() for secret in secrets)
    assert "sha256" not in str(listed)
    # And the one that is revoked is of no use
    with pytest.raises(NotAuthenticated, match="was revoked"):
        keys.identify(gone["key"], datetime.now(UTC))


@pytest.mark.parametrize(
    ("arguments", "exits", "says"),
    [
        (("add", "seller:nord"), 2, "is not an actor: give ROLE:ORGANISATION:PERSON"),
        (("add", "system:casecore:run"), 2, "is the system"),
        (("add", "seller: nord:ida"), 2, "the organisation is ' nord': an id of 1 to 100 visible characters"),
        (("add", "seller:nord:ida", "--expires", "2027-01-01"), 2, "--expires '2027-01-01' names no offset"),
        (("add", "seller:nord:ida", "--expires", "2020-01-01T00:00:00Z"), 2, "name an instant to come"),
        (("revoke", "7K3M92QF"), 3, "There is no key 7K3M92QF. try: casecore identity list"),
    ],
)
def test_what_is_wrong_is_said_and_makes_no_key(
    keys: KeyFile, arguments: tuple[str, ...], exits: int, says: str
) -> None:
    assert says in error_of("identity", *arguments, exits=exits)
    assert keys.read().all == ()
