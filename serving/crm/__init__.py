"""Writes scores and stages back into a CRM, where sales works: what changed, once, as the CRM wants it sent."""
