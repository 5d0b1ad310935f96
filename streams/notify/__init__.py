"""Deliveries in, messages out: what to send, how it reads, and what to do with the answer. Pure rules."""
