"""Earlier permanence arrangements."""
