"""The product's own fit as a scikit-learn classifier.

classifier  what scikit-learn sees
rows        a frame's rows and outcomes as a data set
facts       a frame's columns as facts
"""

from training.estimator.classifier import LeadScoreClassifier

__all__ = ["LeadScoreClassifier"]
