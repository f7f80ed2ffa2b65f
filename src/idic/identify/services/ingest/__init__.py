"""Writes of the ingest API: keys, what is loaded from the accept log, the ledger, and what is tried
again.
"""
