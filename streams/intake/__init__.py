"""Sightings to evidence or rejections: is it valid, where is it, is it new to us? Pure rules."""
