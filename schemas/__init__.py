"""What travels: the records on each topic, as frozen pydantic models."""
