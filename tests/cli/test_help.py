"""Law: no help needs a package that takes long to import."""

from __future__ import annotations

import subprocess
import sys

ALL_HELP = """
import sys
from typer.main import get_command
from childlink.cli import main
HEAVY = ("polars", "pandera", "sqlalchemy", "cryptography", "faker", "numpy", "textual", "lxml", "jinja2")
told = 0
def tell(words, command):
    global told
    try:
        main.app_of(words[:1])([*words, "--help"])
    except SystemExit as ended:
        assert ended.code == 0, words
    told += 1
    for module in HEAVY:
        assert module not in sys.modules, (words, module)
    for name, further in getattr(command, "commands", {}).items():
        tell([*words, name], further)
for word in main.COMMANDS:
    tell([word], get_command(main.app_of([word])).commands[word])
print(told, file=sys.stderr)
"""


def test_no_help_of_any_command_imports_a_heavy_package() -> None:
    done = subprocess.run([sys.executable, "-c", ALL_HELP], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stderr) > 30
