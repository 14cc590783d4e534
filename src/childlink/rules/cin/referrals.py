"""Referrals and episodes of need: how they begin, how they close, and what stands in them."""

from __future__ import annotations
