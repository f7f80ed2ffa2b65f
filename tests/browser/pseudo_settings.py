"""The product's settings with the language that nobody speaks in the place of English."""

import os

from idic.settings import *  # noqa: F403

LOCALE_PATHS = [os.environ["IDIC_TEST_LOCALE"]]
