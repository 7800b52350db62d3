"""X Education, first 70 % in time against the last 30 %, honest columns, the example's configuration."""

from figures import ROOT, Figure, at_least, at_most, shared_file

from features.loading import load_agreement
from training.assemble import load_dataset
from training.config import load_config
from training.evaluate import compare
from training.fitting import fit_scorecard
from training.measures import measure


def run() -> list[Figure]:
    """Measure the four predictions."""
    figures = []
    for name, file in (("xeducation", "xeducation.csv.gz"), ("bank", "bank_additional.csv.gz")):
        path = shared_file(file)
        if path is None:
            continue
        config = load_config(ROOT / "examples" / name / "train.yaml")
        agreement = load_agreement(ROOT / "examples" / name / config.agreement)
        data = load_dataset(config, agreement, path, path.parent)
        train, test = data.split(config.train_share)
        fitted = fit_scorecard(name, train, agreement, config.learner, config.leads.missing_values)
        for prediction, p in compare(fitted, train, test).items():
            m = measure(test.converted, p)
            row = f"{name}, {prediction}"
            goals = name == "xeducation" and prediction == "blend"
            figures.append(at_least(f"{row}: AUC", m.auc, "", 0.890) if goals else Figure(f"{row}: AUC", m.auc, ""))
            log_loss = (f"{row}: log loss", m.log_loss, "nats")
            figures.append(at_most(*log_loss, 0.405) if goals else Figure(*log_loss))
        figures.append(Figure(f"{name}: weight of history", fitted.weight.weight_of_history, ""))
    return figures
