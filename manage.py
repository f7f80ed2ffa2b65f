"""Django's own commands, for people who work on IDIC: `python manage.py makemigrations`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idic.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
