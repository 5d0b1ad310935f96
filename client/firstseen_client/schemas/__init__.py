"""The server's model of a sighting, copied from schemas/ by tools/build_client.py."""
