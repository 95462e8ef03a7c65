"""``python -m lorode``: the command line itself."""

import sys

from ._lorode import command_line


def main() -> int:
    """Runs the command line with the arguments of the process; its exit code."""
    return command_line(["lorode", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
