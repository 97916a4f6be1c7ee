"""`nlsh` as `nlsh-login` starts it: `python -I -m nlsh.launched PIPE STDERR [argument…]`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from nlsh.shell import launcher


def main() -> int:
    """Run nlsh; what keeps it from starting goes to the launcher, which then becomes the plain shell."""
    pipe, error, *arguments = sys.argv[1:]
    launcher.attach(int(pipe), int(error))
    sys.argv[:] = [str(Path(__file__).with_name("__main__.py")), *arguments]  # what starts nlsh again in a script
    try:
        from nlsh.cli import main as nlsh

        code = nlsh()
    except SystemExit:
        launcher.running()  # such as after --version
        raise
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
        raise
    except BaseException as defect:
        if launcher.failed(defect):
            return 1
        raise
    launcher.running()
    return code


if __name__ == "__main__":
    sys.exit(main())
