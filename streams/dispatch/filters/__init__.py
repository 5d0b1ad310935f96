"""The filter language of subscriptions, in both directions. Pure rules."""
