"""From Kafka to an answer: the views, and the kit that keeps them."""
