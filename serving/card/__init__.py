"""What a rep reads before a call: a lead's score, reasons, place, changes, past and what may be done, in plain data."""
