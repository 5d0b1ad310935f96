"""Publishes sightings to Firstseen over HTTP, validates them beforehand, and reads rejections.

from firstseen_client import Client, Sighting

with Client("http://127.0.0.1:8080", key="the key of my-desk") as client:
    client.publish(Sighting(source="my-desk", id="42", group="IS", country="Mali", occurred="2026-11-28", grade="B2"))
"""

from firstseen_client.http import Client, FirstseenError, Rejection, Rejections, Verdict
from firstseen_client.schemas.sighting import Sighting

__all__ = ["Client", "FirstseenError", "Rejection", "Rejections", "Sighting", "Verdict"]
