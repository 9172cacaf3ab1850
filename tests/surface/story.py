"""The story that is played on the installation, from the first party to a forged record."""

from __future__ import annotations

import gzip
import json
import shutil
import uuid

from kafka import KafkaProducer

from casecore.contract.streams import CASES
from casecore.contract.types import names_of
from casecore.kafka.settings import connection
from projections.catalogue import VIEWS
from tests.surface import story_basis, story_billing, story_cases, story_looks
from tests.surface.command_line import ROOT
from tests.surface.installation import Installation
from tests.surface.refused import answers_to, refused_lines
from tests.waiting import LIMIT_SECONDS, wait_until

_TRACES = 3
_UNLISTED = (
    '<trace><string key="concept:name" value="Case 99999"/><event>'
    '<string key="concept:name" value="Fly"/><date key="time:timestamp" value="2012-01-01T10:00:00+01:00"/>'
    "</event></trace></log>"
)
_WRONG_PARTIES = "party,roles,name,street,postal_code,city,country\nx,customer,X,Weg 1,1,Berlin,XX\n"
_WRONG_LICENCES = "package,action,from_on\nP-9999,cancel,2026-01-01\n"


def tell(installation: Installation) -> None:
    """Play it all, and keep what was answered."""
    write_files(installation)
    installation.hold_watch()
    for steps in (
        *(story_basis.PARTIES, story_basis.PACKAGES, story_basis.SERVICE_LEVELS),
        *(story_cases.CASES, story_cases.WATCH, story_cases.LOGS),
        *(story_billing.CHARGED, story_billing.FEES, story_billing.HELD, story_billing.CORRECTED),
        *(story_looks.CASES_SEEN, story_looks.CLOCKS_SEEN, story_looks.BILLING_SEEN, story_looks.EXPORTS),
        story_looks.GENERATED,
    ):
        installation.play(steps)
    installation.play(story_looks.KEYS_MADE)
    installation.play(story_looks.KEYS_SEEN, key=json.loads(installation.printed("identity add"))["id"])
    installation.release_watch()
    installation.wait_until_well()
    installation.play((*story_looks.PROCESSES, *story_looks.COMPARED))
    installation.answers = submit(installation)
    installation.forged = forge(installation)
    installation.play(story_looks.DIFFERENT, forged=installation.forged)


def write_files(installation: Installation) -> None:
    """What is imported: the documentation's tables, a piece of the help desk's log, and faulty ones."""
    home = installation.home
    for name in ("parties.csv", "licences.csv"):
        shutil.copy(ROOT / "docs" / "examples" / name, home)
    (home / "parties-wrong.csv").write_text(_WRONG_PARTIES)
    (home / "licences-wrong.csv").write_text(_WRONG_LICENCES)
    with gzip.open(ROOT / "data" / "helpdesk.xes.gz", "rt", encoding="utf-8") as file:
        begins, *traces = file.read().split("<trace>")
    (home / "log.xes.gz").write_bytes(
        gzip.compress("<trace>".join([begins, *traces[:_TRACES]]).encode() + b"</log>")
    )
    (home / "log-unlisted.xes").write_text(begins + _UNLISTED)


def submit(installation: Installation) -> dict[str, dict[str, object]]:
    """Give commands as JSON Lines that are refused; returns the answers."""
    calendar = json.loads(installation.printed("calendar show"))["calendar"]
    policy = json.loads(installation.printed("policy show"))
    last = max(document["number"] for document in json.loads(installation.printed("billing documents")))
    lines = refused_lines(calendar, policy, f"R-{int(last[2:]) + 1:06}")
    done = installation.here.run(
        "submit", "-", given="".join(f"{line}\n" for line in lines.values()).encode()
    )
    installation.expect(done, "submit", 3)
    return answers_to(lines, done.printed)


def forge(installation: Installation) -> str:
    """Publish a record that no view can apply, and change a row of a view; returns the record's key."""
    key = str(uuid.uuid4())
    headers = {
        "ce_type": "casecore.case.taken.v1",
        "ce_position": "999999",
        "ce_streamversion": "1",
        "ce_recordedtime": "2026-03-02T09:30:00Z",
    }
    producer = KafkaProducer(**connection(installation.cluster))
    sent = [(name, value.encode()) for name, value in headers.items()]
    producer.send(f"{installation.prefix}.cases", key=key.encode(), value=b"{}", headers=sent).get(
        LIMIT_SECONDS
    )
    producer.close()
    views = [view for view in VIEWS.values() if names_of(CASES) <= view.reads]
    wait_until(lambda: parked(installation) == len(views), "all views of cases parked it")
    installation.ask_database("update workload.cases set agent = 'nobody' where reference = 'C-4'")
    return key


def parked(installation: Installation) -> int:
    """How many keys stand in quarantine, of all views."""
    return len(json.loads(installation.here.run("quarantine", "list", "--json").printed))
