"""The code that touches Kafka, Slack and the clock. It decides nothing."""
