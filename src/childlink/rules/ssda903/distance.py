"""Placement postcodes and what is worked out from them."""
