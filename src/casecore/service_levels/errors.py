"""Why a calendar or a policy in a file cannot be used."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.errors.kinds import InvalidInput


class FaultsFound(InvalidInput):
    """A calendar or policy has faults: each says where, what is wrong, and what would be right."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class InvalidServiceLevelFile(InvalidInput):
    """A calendar or policy file cannot be used; the message has the file and all its faults."""

    def __init__(self, file: str, faults: Sequence[str]) -> None:
        lines = [f"{file}: {faults[0]}"] if len(faults) == 1 else [f"{file}: {len(faults)} faults", *faults]
        super().__init__("\n  ".join(lines))
        self.file = file
        self.faults = tuple(faults)


class InvalidDuration(InvalidInput):
    """A text is not a duration; the message shows the form of one."""
