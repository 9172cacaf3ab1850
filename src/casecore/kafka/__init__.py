"""All that reaches into kafka-python, for both sides, with one place for connection settings. No business."""
