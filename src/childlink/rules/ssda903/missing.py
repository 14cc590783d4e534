"""Times missing or away without authorisation."""
