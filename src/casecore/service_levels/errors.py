"""What can be wrong with a calendar or a policy that was written in a file."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.errors.kinds import InvalidInput


class FaultsFound(InvalidInput):
    """What was written has faults: each says where, what is wrong, and what would be right."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class InvalidServiceLevelFile(InvalidInput):
    """A calendar or policy file cannot be used: which file, and all that is wrong with it."""

    def __init__(self, file: str, faults: Sequence[str]) -> None:
        one_each = (
            [f"{file}: {faults[0]}"] if len(faults) == 1 else [f"{file}: {len(faults)} faults", *faults]
        )
        super().__init__("\n  ".join(one_each))
        self.file = file
        self.faults = tuple(faults)


class InvalidDuration(InvalidInput):
    """A text is no duration; the message says what one is."""
