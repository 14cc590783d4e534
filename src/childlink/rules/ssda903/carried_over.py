"""This year's return against last year's."""
