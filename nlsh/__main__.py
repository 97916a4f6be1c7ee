"""`python -m nlsh` is the `nlsh` command."""

import sys

from nlsh.cli import main

if __name__ == "__main__":
    sys.exit(main())
