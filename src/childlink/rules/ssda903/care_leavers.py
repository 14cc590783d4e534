"""OC3: young people who have left care."""
