"""Webhooks of shop systems: who signs how (`senders`), what the door keeps of one (`wrapping`), and
what it means as a call of the common format (`meaning`, a module a system). No Django in the first
two: the door reads them.
"""
