"""From the store's log into Kafka: every stored event exactly once, in order for each key."""
