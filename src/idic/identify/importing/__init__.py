"""Bringing files in, the part before the database: reading a file of any sort into one shape,
guessing what its columns mean, and reading its values. Writing is in `identify.services.imports`.
"""
