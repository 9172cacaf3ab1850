"""kafka-python, with results and offsets in one transaction of the database: each event counts once."""

from kafka import KafkaConsumer, TopicPartition
from open_cases import Record, deal_with, keep_offset, kept_offset, open_database
from settings import BOOTSTRAP, DATABASE, PASSWORD, SINCE, TOPIC, USER, published_since

SECURITY = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_plain_username": USER,
    "sasl_plain_password": PASSWORD,
}


def main() -> None:
    database = open_database(DATABASE)
    consumer = KafkaConsumer(
        bootstrap_servers=BOOTSTRAP,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",  # an offset that is lost ends the program, and skips nothing
        **(SECURITY if USER else {}),
    )
    # No group: this program has all partitions, and its database says from where on.
    partitions = [
        TopicPartition(TOPIC, number) for number in sorted(consumer.partitions_for_topic(TOPIC) or ())
    ]
    consumer.assign(partitions)
    for partition, first in first_offsets(consumer, partitions).items():
        consumer.seek(partition, kept_offset(database, *partition, first))
    while True:
        for partition, records in consumer.poll(timeout_ms=1_000, max_records=500).items():
            with database:
                for record in records:
                    deal_with(database, as_record(record), SINCE)
                keep_offset(database, *partition, records[0].offset, records[-1].offset + 1)


def first_offsets(consumer: KafkaConsumer, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
    published = published_since()
    if published is None:
        return consumer.beginning_offsets(partitions)
    found = consumer.offsets_for_times(dict.fromkeys(partitions, published))
    ends = consumer.end_offsets(partitions)
    return {partition: at.offset if at else ends[partition] for partition, at in found.items()}


def as_record(record) -> Record:
    return Record(record.topic, record.partition, record.offset, record.key, record.value, record.headers)


if __name__ == "__main__":
    main()
