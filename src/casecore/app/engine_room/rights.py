"""Who may look into the engine room: the vendor's organisation, by the rule INSTALLATION."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind
from casecore.visibility.rules import INSTALLATION, Viewer, may_see


class InstallationNotYours(CasecoreError):
    """How the installation runs, and what is in quarantine, is for the vendor's operators alone."""

    kind = Kind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "how the installation runs, and what is in quarantine, is for the vendor's operators alone: ask "
            "one of them"
        )


def operates(viewer: Viewer | None) -> bool:
    """Whether a viewer sees how the installation runs; the command line does."""
    return may_see(viewer, INSTALLATION, {})


def check_operates(viewer: Viewer | None) -> None:
    """Raise InstallationNotYours unless a viewer sees how the installation runs."""
    if not operates(viewer):
        raise InstallationNotYours
