"""The shell's part of the sample shop: the files it was read from."""

from __future__ import annotations

from idic.core.demo_data import DemoPart
from idic.web.services.demo_files import forget_files

DEMO_DATA = DemoPart(finish=forget_files)
