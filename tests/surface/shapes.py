"""The shapes of what commands print for a program: JSON, JSON Lines, and the columns of CSV."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.surface.help_texts import commands_with_json
from tests.surface.installation import Installation, Played
from tests.surface.shape import Shape, shape_of, union

_AS_LINES = ("case show --events", "generate --print", "sla evaluate", "subscribe")
_REJECTS = {
    "party import": "parties-wrong.csv.rejects.csv",
    "licence import": "licences-wrong.csv.rejects.csv",
    "import": "log-unlisted.xes.rejects.csv",
}


def capture_shapes(installation: Installation) -> dict[str, Any]:
    """All that was printed in the story, by the name of its step."""
    printed: defaultdict[str, list[Played]] = defaultdict(list)
    for played in installation.played:
        printed[played.name].append(played)
    missing = commands_with_json() - {played.command for played in installation.played}
    assert not missing, f"the story lacks {missing}"
    return {
        "json": {
            name: _shape(name, all_of_it)
            for name, all_of_it in sorted(printed.items())
            if not name.endswith("--csv")
        },
        "csv": {
            name: all_of_it[0].printed.splitlines()[0].removeprefix("\ufeff").split(",")
            for name, all_of_it in sorted(printed.items())
            if name.endswith("--csv")
        },
        "rejects": {name: _header(installation.home / file) for name, file in _REJECTS.items()},
        "submit": _of_answers(installation.answers),
    }


def _shape(name: str, all_of_it: list[Played]) -> Shape | None:
    texts = [line for played in all_of_it for line in played.printed.splitlines()]
    documents = len(texts) == sum(bool(played.printed) for played in all_of_it)
    assert documents or name in _AS_LINES, f"{name} prints one document on several lines"
    return union(shape_of(json.loads(text)) for text in texts)


def _header(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8-sig").splitlines()[0].split(",")


def _of_answers(answers: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What is accepted as one shape, and each refusal with its code."""
    accepted = union(shape_of(answer) for answer in answers.values() if "accepted" in answer)
    refused = {
        name: {key: answer[key] if key == "refused" else shape_of(answer[key]) for key in answer}
        for name, answer in answers.items()
        if "refused" in answer
    }
    return {"accepted": accepted, "refused": refused}
