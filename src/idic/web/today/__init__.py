"""The day's work: who stands on the list and why (`planning`, pure), read from what is stored
(`reading`), and said in words (`words`, `rows`). What came of it: `interact.services.outcomes`.
"""
