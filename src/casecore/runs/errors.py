"""Why a run ends before its end."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind


class RunsCollide(CasecoreError):
    """Other runs did the same all the time; nothing is lost, and the run may be started again."""

    kind = Kind.CONFLICT

    def __init__(self, did: str, times: int) -> None:
        super().__init__(f"other runs {did} {times} times meanwhile: run it again")
