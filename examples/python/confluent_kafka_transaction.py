"""confluent-kafka, with results and offsets in one transaction of the database: each event counts once."""

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from open_cases import Record, deal_with, keep_offset, kept_offset, open_database
from settings import BOOTSTRAP, DATABASE, GROUP, PASSWORD, SINCE, TOPIC, USER, published_since

SETTINGS = {
    "bootstrap.servers": BOOTSTRAP,
    "group.id": GROUP,
    "isolation.level": "read_committed",
    "enable.auto.commit": False,
    "auto.offset.reset": "error",  # an offset that is lost ends the program, and skips nothing
}
if USER:
    SETTINGS |= {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": USER,
        "sasl.password": PASSWORD,
    }


def main() -> None:
    database = open_database(DATABASE)
    consumer = Consumer(SETTINGS)
    # The library asks for a group's name; nothing is shared or kept in it, since partitions are assigned.
    places = first_places(consumer, partitions_of(consumer))
    for place in places:
        place.offset = kept_offset(database, TOPIC, place.partition, place.offset)
    consumer.assign(places)
    while True:
        with database:
            for record in map(as_record, consumer.consume(500, timeout=1)):
                deal_with(database, record, SINCE)
                keep_offset(database, TOPIC, record.partition, record.offset, record.offset + 1)


def partitions_of(consumer: Consumer) -> list[TopicPartition]:
    numbers = consumer.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions
    return [TopicPartition(TOPIC, number) for number in sorted(numbers)]


def first_places(consumer: Consumer, partitions: list[TopicPartition]) -> list[TopicPartition]:
    published = published_since()
    places = []
    for partition in partitions:
        first, end = consumer.get_watermark_offsets(partition, timeout=30)
        if published is not None:
            asked = TopicPartition(TOPIC, partition.partition, published)
            found = consumer.offsets_for_times([asked], timeout=30)[0].offset
            first = found if found >= 0 else end
        places.append(TopicPartition(TOPIC, partition.partition, first))
    return places


def as_record(message: Message) -> Record:
    if message.error():
        raise KafkaException(message.error())
    place = message.topic(), message.partition(), message.offset()
    return Record(*place, message.key(), message.value(), message.headers() or [])


if __name__ == "__main__":
    main()
