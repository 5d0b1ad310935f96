"""Alert events to deliveries: who gets it? Pure rules."""
