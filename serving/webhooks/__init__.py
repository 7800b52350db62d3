"""Webhooks: what happens to leads, told to other programs by the rules of Standard Webhooks 1.0, at least once."""
