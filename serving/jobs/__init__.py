"""What the service does by the clock, by one worker at a time."""
