"""The state that an earlier version left in Kafka: recorded once by ``record``, written into new topics by ``load``."""
