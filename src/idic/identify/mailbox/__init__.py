"""Mailboxes as sources: talking to a mail server, and understanding what lies there."""
