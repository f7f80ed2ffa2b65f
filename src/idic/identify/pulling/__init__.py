"""Shop systems that are asked for what is new, because they cannot reach us: how one is asked
(`kiotviet`), and where an asking stands (`places`). No database; `services.ingest.pulling` keeps.
"""
