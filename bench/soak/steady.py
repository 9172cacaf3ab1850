"""A steady load of generated commands: `python -m bench.soak.steady RATE SECONDS`, a process of its own.

Each command is given at its time, whether or not the earlier ones are answered. It prints the outcomes, and
the time of the last answer (on the monotonic clock, which all processes share).
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from concurrent.futures import Future
from datetime import date

from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.commands.batch import Answer
from casecore.decider.refusal import Refusal
from casecore.synthetic.business import emissions
from casecore.synthetic.plan import plan

SEED = 7
START = date(2020, 1, 1)
CASES_A_DAY, CUSTOMERS = 150, 4_000
"""Few enough that within minutes as many cases end as are opened, and each customer has had one."""
_COMMANDS_A_CASE = 4
"""Fewer than there are, so that the business is always large enough."""


def main() -> None:
    rate, seconds = float(sys.argv[1]), float(sys.argv[2])
    settings = read_settings()
    on_the_way: deque[Future[Answer]] = deque()
    counts = {"given": 0, "stored": 0, "refused": 0, "late": 0}
    cases = max(int(rate * seconds / _COMMANDS_A_CASE), 1)
    with open_app(settings) as app:
        began_at = time.monotonic()
        made = plan(cases, SEED, START, customers=CUSTOMERS, cases_a_day=CASES_A_DAY)
        for number, emitted in enumerate(emissions(made)):
            due_at = began_at + number / rate
            wait_seconds = due_at - time.monotonic()
            if due_at - began_at >= seconds:
                break
            if wait_seconds > 0:
                time.sleep(wait_seconds)
            else:
                counts["late"] += wait_seconds < -1
            on_the_way.append(app.bus.submit(emitted.command))
            counts["given"] += 1
            while on_the_way and on_the_way[0].done():
                _count(on_the_way.popleft(), counts)
        for future in on_the_way:
            _count(future, counts)
        answered_at = time.monotonic()
    print(json.dumps({"answered_at": answered_at, "commands": counts}))


def _count(future: Future[Answer], counts: dict[str, int]) -> None:
    try:
        future.result()
        counts["stored"] += 1
    except Refusal:
        counts["refused"] += 1


if __name__ == "__main__":
    main()
