"""Writes of forms: building them, taking what comes in, deciding on what was held back."""
