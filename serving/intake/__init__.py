"""What comes in: messages of the Segment spec, each stored once, under the lead that it is about."""
