"""Sightings -> evidence or rejections: parse, check, locate and compare versions. Pure rules."""
