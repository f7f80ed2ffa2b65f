"""IDIC: a customer-relationship platform that runs the loop identify, differentiate, interact,
customize, measure. The rooms of the house are the packages in this folder; see ARCHITECTURE.md.
"""

__version__ = "0.1.0"
