"""childlink: check children's-services returns, and say which records are the same child."""

from importlib.metadata import version

__version__ = version("childlink")
