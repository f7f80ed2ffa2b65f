"""Forms as customers see them: what is asked of whom, how answers are read, what looks like spam,
links, colours and codes. Reads and computes; `services.forms` writes.
"""
