"""Providers and their URNs, against Ofsted's lists."""
