"""Deliveries in, messages out: what to send, its text, and what to do with the response. Pure rules."""
