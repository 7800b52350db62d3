"""Runs and versions in MLflow: what was learned, from what, how good it is, and which version is the champion.

place       where the registry is, and that it answers
runs        one training run, logged and registered as a version
model       the scorecard as an MLflow model without pickle
versions    versions by number or alias, their scorecards, and the home's copy of the champion
moves       which version became the champion when, by whom and why: a record that only grows
"""
