"""The installation's tables and topics: created, brought up to date, forgotten."""

from __future__ import annotations

from casecore.app.application import Application
from casecore.errors.kinds import InvalidInput
from casecore.kafka.admin import Created
from casecore.relay import published_topics
from casecore.relay.session import forget_topics, remembered_topics
from casecore.runs.set_up import set_up
from casecore.store.migrations import migrate


class TopicsKnown(InvalidInput):
    """The topics are those into which the store was published, so there is nothing to forget."""


def migrate_store(app: Application) -> int:
    """Create or update the store's tables, and record the first terms of billing; how many migrations."""
    applied = migrate(app.database)
    set_up(app.bus)
    return applied


def create_topics(app: Application) -> list[tuple[str, Created]]:
    """Create the topics that are missing, check the others; raises TopicDiffers, kafka.errors.KafkaError."""
    settings = app.settings
    return published_topics.create_topics(app.kafka, settings.topic_prefix, settings.replication)


def forget_published_topics(app: Application) -> list[str]:
    """Let the relay publish everything again into topics that were deleted and created again.

    Returns the topics that were forgotten. Raises TopicsKnown while the topics are those into which this
    store was published, TopicMissing, kafka.errors.KafkaError, and DatabaseUnavailable.
    """
    prefix = app.settings.topic_prefix
    ids = published_topics.topic_ids(app.kafka, prefix)
    known = remembered_topics(app.database, prefix)
    # One of them may have been created again; the others, forgotten too, are found to be the same again.
    if known and all(ids.get(topic) == topic_id for topic, topic_id in known.items()):
        raise TopicsKnown(
            f"{', '.join(known)}: these are the topics into which the store was published, so there is "
            "nothing to forget; to publish one again, delete it and create it first"
        )
    return forget_topics(app.database, prefix)
