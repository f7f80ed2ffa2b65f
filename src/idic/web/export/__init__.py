"""Customers as files of other systems: which columns each system has, what a customer says in them,
and the file itself.
"""
