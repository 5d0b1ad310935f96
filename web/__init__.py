"""What people see: the page and its HTTP API, and the Slack app."""
