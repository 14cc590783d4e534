"""Child protection plans and their reviews."""

from __future__ import annotations
