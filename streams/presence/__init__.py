"""Evidence -> episodes, day counts and alert events. Pure rules."""
