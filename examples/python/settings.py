"""What the programs are told: by the environment, so that no password is seen among the processes."""

import os
from datetime import UTC, datetime, timedelta

BOOTSTRAP = os.environ["KAFKA_BOOTSTRAP"]
USER = os.environ.get("KAFKA_USER")
PASSWORD = os.environ.get("KAFKA_PASSWORD")
TOPIC = os.environ.get("TOPIC", "casecore.cases")
DATABASE = os.environ.get("DATABASE", "open-cases.db")
GROUP = os.environ.get("GROUP", "open-cases")
# The name of this instance: one that is started again takes over from itself at once.
INSTANCE = os.environ.get("INSTANCE", "1")
# From which day or instant on, by `recorded_at`; unless it is set, from zero.
SINCE = datetime.fromisoformat(os.environ["FROM"]) if os.environ.get("FROM") else None
if SINCE and SINCE.tzinfo is None:
    SINCE = SINCE.replace(tzinfo=UTC)


def published_since() -> int | None:
    """From when on records are looked at, in milliseconds; None for all.

    A record's own timestamp says when it was published, which is after it was recorded. The hour is for two
    clocks that differ. What was recorded before is left out by the header ce_recordedtime.
    """
    return int((SINCE - timedelta(hours=1)).timestamp() * 1000) if SINCE else None
