"""What people see in a browser: the page of alerts, and what feeds it."""
