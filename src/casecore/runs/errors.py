"""Why a run ends before its end."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind


class MarkRefused(CasecoreError):
    """A document is issued, and a package cannot be marked as billed by it: nothing is issued before that."""

    kind = Kind.UNAVAILABLE

    def __init__(self, number: str, package: str, why: str) -> None:
        super().__init__(f"{number} is issued, and {package} is not marked by it yet: {why}")
        self.number, self.package = number, package


class RunsCollide(CasecoreError):
    """Other runs did the same all the time; nothing is lost, and the run may be started again."""

    kind = Kind.CONFLICT

    def __init__(self, did: str, times: int) -> None:
        super().__init__(f"other runs {did} {times} times meanwhile: run it again")
