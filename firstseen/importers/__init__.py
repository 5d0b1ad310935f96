"""Importers: one feed's lines in, sightings in our own format out. Pure: whoever calls them reads and publishes."""
