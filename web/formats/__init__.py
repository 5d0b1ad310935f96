"""What the API writes besides JSON: CSV, GeoJSON, Atom, CAP and STIX."""
