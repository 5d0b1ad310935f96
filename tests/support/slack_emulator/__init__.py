"""The Slack that tests post to: an emulator on loopback, and a gateway before it that is as strict as Slack."""
