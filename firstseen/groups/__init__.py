"""Group files: reading them, planning their effect, describing it."""
