"""Exactly-once batches for Faust: a fold's outputs, its rows and its input position are one Kafka transaction."""
