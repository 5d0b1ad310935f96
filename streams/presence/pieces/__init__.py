"""Changes of groups and of areas, which may be too large for one transaction and are applied in pieces."""
