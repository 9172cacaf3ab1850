"""The steps that the program advises an operator to take when a topic was replaced, done word for word."""

from __future__ import annotations

from kafka import KafkaAdminClient

from casecore.kafka.settings import connection
from tests.faults.harness.program import SupervisedProgram
from tests.journeys.harness import checker
from tests.waiting import wait_until


def admin_of(program: SupervisedProgram) -> KafkaAdminClient:
    """Kafka's admin client, as an operator uses it."""
    return KafkaAdminClient(**connection(program.cluster))


def delete_topic(program: SupervisedProgram, topic: str) -> None:
    """The advised step 'delete the topic'."""
    with admin_of(program) as admin:
        admin.delete_topics([topic])
        wait_until(lambda: topic not in admin.list_topics(), f"{topic} is deleted", 30)


def publish_again(program: SupervisedProgram) -> None:
    """The advised steps `casecore topics create` and `casecore topics forget`; then the relay fills them."""
    program.run("topics", "create")
    program.wait_until_said("relay", "let the relay forget the old")
    program.run("topics", "forget")


def rebuild(program: SupervisedProgram, *views: str) -> None:
    """`casecore rebuild` for each view, once the topics are filled; a view may also rebuild itself."""
    wait_until_published(program)
    for view in views:
        program.run("rebuild", view)


def wait_until_published(program: SupervisedProgram) -> None:
    """Until the topic holds as many events of cases as the store."""

    def all_there() -> bool:
        records = checker.read_topic(program.cluster, program.topic).values()
        return sum(map(len, records)) == checker.stored_of_cases(program.database)

    wait_until(all_there, f"the topic is filled\n{program.complaints()}", 60)
