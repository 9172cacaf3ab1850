"""kafka-python, idempotent by id: offsets are the group's, and an event that comes again is recognised."""

from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata
from kafka_python_transaction import SECURITY, as_record, first_offsets
from open_cases import deal_with, is_first_time, open_database
from settings import BOOTSTRAP, DATABASE, GROUP, INSTANCE, SINCE, TOPIC, USER


def main() -> None:
    database = open_database(DATABASE)
    consumer = KafkaConsumer(
        bootstrap_servers=BOOTSTRAP,
        group_id=GROUP,
        group_instance_id=INSTANCE,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
        **(SECURITY if USER else {}),
    )
    begin(consumer)
    consumer.subscribe([TOPIC])  # several instances share the partitions
    while True:
        polled = consumer.poll(timeout_ms=1_000, max_records=500)
        with database:
            for records in polled.values():
                for record in map(as_record, records):
                    if is_first_time(database, record):
                        deal_with(database, record, SINCE)
        if polled:
            consumer.commit()  # only now; killed before it, this program reads the same again


def begin(consumer: KafkaConsumer) -> None:
    """Give the group a place in each partition in which it has none yet."""
    partitions = [
        TopicPartition(TOPIC, number) for number in sorted(consumer.partitions_for_topic(TOPIC) or ())
    ]
    new = [partition for partition in partitions if consumer.committed(partition) is None]
    if new:
        consumer.assign(new)
        firsts = first_offsets(consumer, new)
        consumer.commit({partition: OffsetAndMetadata(firsts[partition], "", -1) for partition in new})
        consumer.unsubscribe()


if __name__ == "__main__":
    main()
