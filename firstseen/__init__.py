"""The front door: commands and settings, the only place that wires the others together."""
