"""Deprivation of liberty orders."""
