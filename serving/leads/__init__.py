"""Leads in the store: who they are, what they did, how they are scored, and how they are found again."""
