"""childlink: check children's-services returns, and say which records are the same child."""

__version__ = "0.1.0"
