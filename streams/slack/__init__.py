"""Deliveries to messages: what is said, and what to do about the answer? Pure rules."""
