"""Imports from the database's side: compare a cleaned file with what is known, stage what is new
unseen, publish it all at once, sweep what a crash left.
"""
