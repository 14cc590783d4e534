"""Pre-proceedings and family group decision making, from 2026-27."""

from __future__ import annotations
