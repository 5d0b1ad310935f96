"""The records on each topic, as frozen pydantic models."""
