"""State that the process keeps in memory, fed from Kafka."""
