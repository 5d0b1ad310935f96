"""The Slack app: the `/firstseen` command and the buttons under alerts."""
