"""A stored score is told in the words of what computed it, until it is computed anew."""

from desk import HEAD_OF_IT
from office import Office

from features.agreement import Agreement
from serving.leads.detail import as_it_stands, detail
from serving.leads.due import rescore_due
from serving.leads.told import told as told_in_words


def test_a_score_that_is_not_renewed_yet_is_told_by_what_computed_it(office: Office, later: Agreement) -> None:
    office.desk.identify("L-1", **HEAD_OF_IT)
    office.adopt(later)
    serves, standing = office.service.programs.leads, office.desk.standing("L-1")
    told = office.store.read(lambda c: detail(c, serves, "L-1", office.desk.now))
    assert told["base"] + sum(t["points"] for t in told["terms"]) == told["score"] == 43  # and not 20 + 33
    assert told["agreement_version"] != serves.agreement.version == later.version
    flat = office.store.read(lambda c: told_in_words(serves, as_it_stands(c, serves, standing)))
    assert [flat[name] for name in ("score", "reason_1")] == [43, told["reason_1"]]


def test_a_renewed_score_is_told_by_what_serves(office: Office, later: Agreement) -> None:
    office.desk.identify("L-1", **HEAD_OF_IT)
    office.adopt(later)
    office.desk.later(1)
    rescore_due(office.store, office.service.programs, office.desk.now)
    told = office.store.read(lambda c: detail(c, office.service.programs.leads, "L-1", office.desk.now))
    assert (
        told["base"] + sum(t["points"] for t in told["terms"]) == told["score"] == 53
    )  # 20 instead of 10 for software
    assert told["agreement_version"] == later.version
