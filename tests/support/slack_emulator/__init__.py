"""The Slack that tests post to: an emulator on loopback behind a gateway that is as strict as Slack."""
