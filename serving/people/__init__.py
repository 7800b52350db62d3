"""People's rights: to see what is held, to have it explained, to have it erased; and how long it is held.

held        which tables hold what of a person; finding: who is meant
export      everything as one document
explain     how somebody came to a score, in plain words: explanation, plaintext
erase       all of it gone, and nothing taken in again
retention   what is deleted because of its age
"""
