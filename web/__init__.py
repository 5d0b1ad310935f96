"""The user interfaces: the page, its HTTP API, and the Slack app."""
