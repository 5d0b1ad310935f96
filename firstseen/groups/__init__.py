"""Plans the effect of a group file, finds unregistered names, and puts both into words."""
