"""Where: a place as written becomes a country, or a doubt, or candidates. Reads only its own packaged data."""
