"""``python -m childlink`` is ``childlink``."""

from childlink.cli.main import main

main()
