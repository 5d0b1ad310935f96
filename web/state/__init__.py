"""What the web process keeps in memory, fed from Kafka."""
