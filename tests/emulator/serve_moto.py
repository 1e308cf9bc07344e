"""Starts the pinned moto, for the calls that ministack does not know: `serve_moto.py PORT`.

The process ends when its standard input closes.
"""

import os
import sys
import threading

from moto.server import main


def end():
    """Waits for whoever started this to close the pipe, or to be gone."""
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end, daemon=True).start()
main(["--host", "127.0.0.1", "--port", sys.argv[1]])
