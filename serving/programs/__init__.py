"""Programs: an agreement with its scorecard, as they are in service; one for leads, another for customers."""
