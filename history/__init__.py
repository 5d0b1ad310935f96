"""Answers questions about the record: explanations, maps of a time, exports, and who was notified."""
