"""A column map guessed from a table."""
