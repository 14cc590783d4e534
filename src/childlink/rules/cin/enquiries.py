"""Section 47 enquiries and initial child protection conferences."""

from __future__ import annotations
