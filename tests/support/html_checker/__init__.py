"""The Nu Html Checker of the W3C."""
