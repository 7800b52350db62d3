"""The way of a lead through the agreed stages: what the rules do by themselves, what people may do, and by when."""
