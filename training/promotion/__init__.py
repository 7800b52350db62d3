"""Whether a challenger takes the champion's place: by paired evidence on leads that neither has learned from.

pairs       both versions' probabilities for the same leads
evidence    what these say: the difference in log loss, and how well either is calibrated
verdict     promote, refuse, or not decided, and why
promote     the decision carried out, and kept with the version
"""
