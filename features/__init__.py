"""Facts about a lead, and what marketing and sales agreed about them.

Knows no web framework, no MLflow and no learner: everything here is plain Python.
"""
