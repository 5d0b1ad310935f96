"""Questions about what is on record, and when it became known."""
