"""Contact policy: one ordered list of rules (`rules`), asked of whole audiences in SQL and of one
person right before sending (`evaluate`), over the same facts (`facts`), in words (`words`).
"""
