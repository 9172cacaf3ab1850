"""The events that are published, for services without Kafka: each reader's own, in the order of the log."""
