"""A made-up newer program: a copy of the sources in which a case may go on to a fourth level.

Above the vendor's level 1 there is a level 2, its developers. `FOURTH_LEVEL` is all that this costs; the copy
runs beside today's program, on the same store and topics.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("src", "devtools", "schemas", "pyproject.toml", "README.md", "docker-compose.yml")

STATE, LEVEL = "escalated_l2", "level_2"

FOURTH_LEVEL: Mapping[str, tuple[tuple[str, str], ...]] = {
    "src/casecore/contract/cases.py": (
        ('    ESCALATED_L1 = "escalated_l1"\n', '    ESCALATED_L2 = "escalated_l2"\n'),
        ('    LEVEL_1 = "level_1"\n', '    LEVEL_2 = "level_2"\n'),
    ),
    "src/casecore/contract/service_levels.py": (('    LEVEL_1 = "level_1"\n', '    LEVEL_2 = "level_2"\n'),),
    "src/casecore/clocks/custody.py": (('    LEVEL_1 = "level_1"\n', '    LEVEL_2 = "level_2"\n'),),
    "src/casecore/cases/lifecycle.py": (
        (
            '    Transition("escalate", State.RESELLER_L0, State.ESCALATED_L1),\n',
            '    Transition("escalate", State.ESCALATED_L1, State.ESCALATED_L2),\n'
            '    Transition("hand_back", State.ESCALATED_L2, State.ESCALATED_L1),\n'
            '    Transition("resolve", State.ESCALATED_L2, State.RESOLVED),\n'
            '    Transition("reopen", State.RESOLVED, State.ESCALATED_L2, "was_at_level_2"),\n'
            '    Transition("reclassify", State.ESCALATED_L2, State.OPENED),\n'
            '    Transition("cancel", State.ESCALATED_L2, State.CANCELLED),\n',
        ),
        ("AT_WORK = frozenset({", "State.ESCALATED_L2, "),
        ("    State.ESCALATED_L1: Level.LEVEL_1,\n", "    State.ESCALATED_L2: Level.LEVEL_2,\n"),
        (
            "        return self.standing.level is Level.LEVEL_0\n",
            "\n    def was_at_level_2(self) -> bool:\n        return self.standing.level is Level.LEVEL_2\n",
        ),
    ),
    "src/casecore/cases/permissions.py": (
        ("_ROLE_AT = {", "Level.LEVEL_2: Role.VENDOR, "),
        ('    "escalate": {', "Role.VENDOR: When.ON_TURN, "),
    ),
    "src/casecore/cases/decide.py": (
        (
            "        case State.ESCALATED_L1:\n            organisation = case.vendor\n",
            "        case State.ESCALATED_L2:\n            organisation = case.vendor\n",
        ),
    ),
    "src/casecore/service_levels/choice.py": (
        (
            "        case Level.LEVEL_1:\n            return (facts.vendor,)\n",
            "        case Level.LEVEL_2:\n            return (facts.vendor,)\n",
        ),
    ),
    "src/casecore/evaluation/events_file.py": (("_GIVER = {", 'Level.LEVEL_2: "vendor", '),),
    "src/casecore/synthetic/actions.py": (
        (
            "        case Level.LEVEL_1:\n            return [_inside(case, draws)]\n",
            "        case Level.LEVEL_2:\n            return [_inside(case, draws)]\n",
        ),
    ),
}
"""What is added after which text, by file."""


def sources_with_a_fourth_level(folder: Path) -> Path:
    """A copy of the sources in a folder, with the fourth level; returns the copy's root."""
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)  # type: ignore[operator]
    for name, additions in FOURTH_LEVEL.items():
        path = folder / name
        text = path.read_text(encoding="utf-8")
        for after, added in additions:
            assert text.count(after) == 1, f"{name} has {text.count(after)} times: {after}"
            text = text.replace(after, after + added)
        path.write_text(text, encoding="utf-8")
    return folder
