"""The product's settings for tests: a state directory of its own for each process, made before
anything reads it, and a cheap password hasher.
"""

import atexit
import os
import shutil
import tempfile

if "IDIC_HOME" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["IDIC_HOME"] = tempfile.mkdtemp(prefix="idic-test-")
    atexit.register(shutil.rmtree, os.environ["IDIC_HOME"], ignore_errors=True)

from idic.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
