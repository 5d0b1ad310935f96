"""Importers: lines of a feed in, sightings in Firstseen's format out. Pure: the caller reads and publishes."""
