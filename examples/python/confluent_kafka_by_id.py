"""confluent-kafka, idempotent by id: offsets are the group's, and an event that comes again is recognised."""

from confluent_kafka import Consumer
from confluent_kafka_transaction import SETTINGS, as_record, first_places, partitions_of
from open_cases import deal_with, is_first_time, open_database
from settings import DATABASE, INSTANCE, SINCE, TOPIC


def main() -> None:
    database = open_database(DATABASE)
    consumer = Consumer({**SETTINGS, "group.instance.id": INSTANCE})
    begin(consumer)
    consumer.subscribe([TOPIC])  # several instances share the partitions
    while True:
        messages = consumer.consume(500, timeout=1)
        with database:
            for record in map(as_record, messages):
                if is_first_time(database, record):
                    deal_with(database, record, SINCE)
        if messages:
            consumer.commit(
                asynchronous=False
            )  # only now; killed before it, this program reads the same again


def begin(consumer: Consumer) -> None:
    """Give the group a place in each partition in which it has none yet."""
    new = [place for place in consumer.committed(partitions_of(consumer), timeout=30) if place.offset < 0]
    if new:
        consumer.commit(offsets=first_places(consumer, new), asynchronous=False)


if __name__ == "__main__":
    main()
