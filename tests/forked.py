"""Starts a process many times at the price of once: imports Django and one module, then forks a
child that calls the module's `main` for each line on standard input. Says `pid N` before, and
`ended N` after; kill tests would otherwise spend their time on imports.
"""

from __future__ import annotations

import importlib
import os
import sys

import django

if __name__ == "__main__":
    django.setup()
    module = importlib.import_module(sys.argv[1])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            print(f"pid {os.getpid()}", flush=True)
            module.main(*line.split())
            os._exit(0)
        os.waitpid(child, 0)
        print(f"ended {child}", flush=True)
