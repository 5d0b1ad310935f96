"""From a file to records on the sightings topic: reading, checking, sending and reporting."""
