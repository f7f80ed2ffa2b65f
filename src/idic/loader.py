"""What the supervisor starts as the loader of the ingest API: `python -m idic.loader`."""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idic.settings")
    django.setup()

    from idic.identify.ingest.loader import main

    main()
