"""Feeds that are polled beside the workers: what is new is sent, what changed revised, what was deleted withdrawn."""
