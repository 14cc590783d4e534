"""Why and when an episode, or care, ceased."""
