"""From history to a versioned scorecard: data sets, the learner, the blend, evidence, the registry."""
