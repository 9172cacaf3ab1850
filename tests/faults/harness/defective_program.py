"""The program with a process that has a defect, and what the checks report."""

from __future__ import annotations

import json
import signal
import uuid
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil

from casecore.contract.streams import case_stream_id
from casecore.relay.place import partition_number
from tests.forked import Command
from tests.journeys.harness import checker
from tests.journeys.harness.program import FIRST_TERMS, NO_HEALTH, VIEWS, Program
from tests.waiting import wait_until

_DEFECTIVE = "defective"
_SELLER = {"person": "ida", "organisation": "nord", "role": "seller"}

Line = dict[str, Any]


def defective(name: str, *rest: str) -> tuple[str, ...]:
    """The arguments of a process with a defect; points may come before `--`, see `defects`."""
    return (_DEFECTIVE, name, *rest) if "--" in rest else (_DEFECTIVE, name, "--", *rest)


def opening(case: str) -> Line:
    """The command that opens a case; given again, it is the same one."""
    do = {
        "action": "open",
        "customer": "praxis",
        "seller": "nord",
        "category": "technical_support",
        "topic": "troubleshooting",
    }
    return _line(case, "opening", do)


def message(case: str, text: str) -> Line:
    """The command that posts a message on a case; given again with the same text, it is the same one."""
    return _line(case, text, {"action": "message", "text": text})


def _line(case: str, name: str, do: Line) -> Line:
    # The same for the same command, and of version 4, as a caller's is.
    command_id = str(uuid.UUID(bytes=sha256(f"{case}\n{name}".encode()).digest()[:16], version=4))
    return {"kind": "case", "command_id": command_id, "actor": _SELLER, "case": case, "do": do}


def some_cases() -> list[Line]:
    """The commands for ten events of five cases, the two of each case one after the other."""
    return [line for n in range(5) for line in (opening(f"K-{n}"), message(f"K-{n}", "one"))]


def as_lines(*commands: Line) -> str:
    """Commands as JSON Lines."""
    return "".join(json.dumps(command) + "\n" for command in commands)


def beside(case: str) -> str:
    """Another case, whose events go to the same partition."""
    wanted = partition_number(case_stream_id(case))
    return next(
        other for n in range(1000) if partition_number(case_stream_id(other := f"{case}-{n}")) == wanted
    )


def check_acknowledged(database: str, acknowledged: dict[str, int]) -> None:
    """Law 1, by the independent checker: what was acknowledged, and nothing else, is stored, once."""
    store = checker.read_store(database)[FIRST_TERMS:]
    checker.check_acknowledged(store, acknowledged, set(acknowledged))


class DefectiveProgram(Program):
    """casecore on one database and topics of its own, where a process may have a defect."""

    def give(self, *lines: Line, by: Sequence[str] = (), exits: int = 0) -> dict[str, int]:
        """Give commands with the process that `by` describes; returns the events of each accepted command.

        If the process is killed, the commands that it had answered.
        """
        printed = self.run(*by, "submit", "-", given=as_lines(*lines), exits=exits)
        answers = [json.loads(text) for text in printed.splitlines() if text.startswith("{")]
        return {answer["command_id"]: answer["events"] for answer in answers if answer.get("accepted")}

    def publish(self) -> None:
        """Let a relay without a defect publish all it can."""
        self.start("relay", "relay", *NO_HEALTH)

    def keep_views(self, *but: str) -> None:
        """Let a process without a defect keep all views but these."""
        views = [view for view in VIEWS if view not in but]
        self.start("views", "project", *views, *NO_HEALTH)

    def wait_until_held(self, file: Path) -> None:
        """Until a process waits at its point for this file."""
        held = file.with_name(f"{file.name}.held")
        wait_until(held.exists, f"a process waits for {file.name}\n{self.complaints()}")

    def freeze(self, name: str) -> None:
        """Stop the process with SIGSTOP, including the thread that keeps its place in a consumer group."""
        self._running[name].send_signal(signal.SIGSTOP)
        process = psutil.Process(self._running[name].pid)
        wait_until(lambda: process.status() == psutil.STATUS_STOPPED, f"{name} is stopped")

    def thaw(self, name: str) -> None:
        """Let the process continue."""
        self._running[name].send_signal(signal.SIGCONT)

    def wait_until_ended(self, name: str) -> int:
        """Until a process has ended by itself; returns its exit code."""
        wait_until(lambda: self.ended(name) is not None, f"{name} ends\n{self.complaints()}")
        code = self.ended(name)
        assert code is not None
        return code

    def wait_until_published(self, events: int) -> None:
        """Until the topic of cases has so many records."""
        wait_until(lambda: self.published() >= events, f"{events} are published\n{self.complaints()}")

    def published(self) -> int:
        """How many records the topic of cases has."""
        return sum(map(len, checker.read_topic(self.cluster, self.topic).values()))

    def audited(self) -> dict[str, Any]:
        """What `casecore audit` finds."""
        found: dict[str, Any] = json.loads(self.run("audit", "--json", exits=(0, 5)).splitlines()[-1])
        return found

    def differing_topic(self) -> str:
        """What the audit says of the first difference between store and topics; fails if there is none."""
        difference = self.audited()["topics"]["difference"]
        assert difference is not None, "the audit has found nothing"
        return "; ".join(str(part) for part in _values(difference))

    def differing_views(self) -> set[str]:
        """Which views are not the fold of their topics, as the audit says."""
        return {view["view"] for view in self.audited()["views"] if view["equal"] is False}

    def stop_all(self) -> None:
        """End every process, also a stopped one."""
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
        super().stop_all()

    def _command(self, arguments: Sequence[str]) -> Command:
        if arguments[:1] == (_DEFECTIVE,):
            return Command(arguments[1:], "tests.faults.injection.defects")
        return super()._command(arguments)


def _values(difference: Any) -> list[Any]:
    return list(difference.values()) if isinstance(difference, dict) else list(difference)
