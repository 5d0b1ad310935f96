"""Configuration files in YAML, with the line of every mistake."""
