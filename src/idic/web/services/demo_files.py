"""Where the sample shop's own files lie, whoever writes them."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings


def files_folder() -> Path:
    """Give the folder of the sample shop's files."""
    return Path(settings.IDIC_FILES) / "demo"


def forget_files() -> None:
    """Remove the files the sample shop was read from."""
    shutil.rmtree(files_folder(), ignore_errors=True)
