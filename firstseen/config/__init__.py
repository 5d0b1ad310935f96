"""Reads configuration files in YAML and reports each mistake with its line."""
