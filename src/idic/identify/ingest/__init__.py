"""The ingest API: the door that takes calls of SDKs into the accept log, and what reads them back.

The door is a process without Django; the loader is one with it. Rows are written only by
`identify.services.ingest`.
"""
