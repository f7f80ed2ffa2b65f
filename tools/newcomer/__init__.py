"""A newcomer's walk from the first page to Measure, timed: `python -m tools.newcomer`."""
