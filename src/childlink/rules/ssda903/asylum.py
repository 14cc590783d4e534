"""Unaccompanied asylum-seeking children."""
