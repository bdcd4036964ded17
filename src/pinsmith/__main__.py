"""``python -m pinsmith`` is the command line."""

import sys

from pinsmith.cli import main

if __name__ == "__main__":
    sys.exit(main())
