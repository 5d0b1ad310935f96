"""Proposes a column mapping for a user's table."""
