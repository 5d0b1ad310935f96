"""The Slack app: slash commands and buttons."""
