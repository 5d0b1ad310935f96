"""Evidence to episodes, day counts and alert events: what is new? Pure rules."""
