"""Drift watch: are recent leads still like those that the champion learned from, and do its probabilities hold?

``profile`` says what leads look like to a scorecard, small enough to keep with a version. ``facts`` and ``scores``
compare two profiles, ``level`` and ``calibration`` hold probabilities against outcomes whose horizon has passed, and
``watch`` does it all.
"""
