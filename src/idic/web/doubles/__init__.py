"""Possible doubles: two customers side by side with what speaks for and against one person, many
accepted at once, and why the matcher thinks so.
"""
