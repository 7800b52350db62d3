"""How hypothesis runs here: without a deadline, because a busy machine is no fault of the code."""

from hypothesis import settings

settings.register_profile("leadscore", deadline=None)
settings.load_profile("leadscore")
