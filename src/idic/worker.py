"""What the supervisor starts as a worker: `python -m idic.worker default,events`."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idic.settings")
    django.setup()

    from idic.core.jobs.worker import main

    main(queues=sys.argv[1].split(",") if len(sys.argv) > 1 else ("default", "events", "long"))
