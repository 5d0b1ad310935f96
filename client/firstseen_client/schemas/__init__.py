"""The sighting as the server has it: made by tools/build_client.py from schemas/."""
