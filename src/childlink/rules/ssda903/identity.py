"""Who the child is: Header, and the pupil number."""
