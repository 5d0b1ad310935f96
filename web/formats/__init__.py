"""The formats that the API writes: JSON, CSV, GeoJSON, Atom, CAP and STIX. Pure."""
