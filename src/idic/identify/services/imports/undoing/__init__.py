"""Undo of an import: what it changed in place is given back, what others built on stays, and the
rest goes in short transactions. The order of it all is in `running`.
"""
