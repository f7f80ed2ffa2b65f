"""The demo business: a small shop made up from a seed, brought in through the same doors as a real
file, with a campaign whose effect is known because it was planted.
"""
