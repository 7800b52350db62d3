"""A flat export becomes a data set, or is refused with the column and the row."""

from collections.abc import Callable
from pathlib import Path

import pytest

from features.agreement import Fact, Points
from features.catalog import Source
from features.catalogfile import Declared
from features.errors import ConfigError, DataError, LeadscoreError
from training.assemble import load_dataset
from training.config import LeadsTable, Order, Outcome, TrainConfig
from training.dataset import Dataset

LEADS = """\
id,signed_up,size,colour,tags,bought
b,2026-01-02,20,red,x,no
a,2026-01-01,,blue,y,yes
d,2026-01-04,3.5,,x,Yes
c,2026-01-03,40,red,y,no
"""
SIZE = Fact(fact="size", field="size", points=(Points(at_least=10.0, points=5.0),))
Read = Callable[..., Dataset]


@pytest.fixture
def read(tmp_path: Path, make_agreement) -> Read:
    """Reads a CSV of leads with ``SIZE`` agreed; keywords change the configuration."""

    def run(csv: str = LEADS, facts: tuple[Fact, ...] = (SIZE,), **changes) -> Dataset:
        path = tmp_path / "leads.csv"
        path.write_text(csv, "utf-8")
        settings = {
            "leads": LeadsTable(id="id"),
            "order": Order(column="signed_up"),
            "outcome": Outcome(column="bought"),
        }
        config = TrainConfig(name="test", agreement="agreement.yaml", **(settings | changes))
        return load_dataset(config, make_agreement(fit=facts), path, tmp_path)

    return run


def refused(read: Read, kind: type[LeadscoreError] = DataError, **changes) -> LeadscoreError:
    with pytest.raises(kind) as error:
        read(**changes)
    return error.value


# What it reads


def test_leads_stand_in_order_of_time(read) -> None:
    assert read().lead_ids == ("a", "b", "c", "d")


def test_outcomes_are_read_without_regard_to_case(read) -> None:
    assert read().converted.tolist() == [1, 0, 0, 1]


def test_values_are_read_by_their_facts(read) -> None:
    data = read()
    values = {f.name: c.plain() for f, c in zip(data.features, data.columns, strict=True)}
    assert values["size"] == [None, 20.0, 40.0, 3.5]
    assert values["colour"] == ["blue", "red", "red", None]


def test_id_time_and_outcome_are_no_facts(read) -> None:
    assert {f.source.field for f in read().features} == {"size", "colour", "tags"}


def test_columns_that_know_the_future_are_not_read(read) -> None:
    data = read(knows_future={"tags": "set later"})
    assert "tags" not in {f.source.field for f in data.features}
    assert "tags" not in data.profile.columns


def test_ignored_columns_are_not_read(read) -> None:
    assert "tags" not in {f.source.field for f in read(ignore={"tags": "no fact"}).features}


def test_texts_that_mean_unknown_are_unknown(read) -> None:
    data = read(leads=LeadsTable(id="id", missing_values=("red",)))
    assert data.columns[1].plain() == ["blue", None, None, None]


@pytest.mark.parametrize("word", ["1", "1.0", "TRUE", " Yes "])
def test_what_means_converted_is_read_in_normal_form(word, read) -> None:
    csv = LEADS.replace(",yes", f",{word}").replace(",Yes", f",{word}").replace(",no", ",0")
    assert read(csv, outcome=Outcome(column="bought", positive=("1", "true", "yes"))).converted.sum() == 2


def test_the_order_of_the_rows_changes_nothing(read) -> None:
    header, *rows = LEADS.splitlines()
    first, second = read(), read("\n".join([header, *reversed(rows)]))
    assert first.lead_ids == second.lead_ids
    assert [c.plain() for c in first.columns] == [c.plain() for c in second.columns]
    assert first.converted.tolist() == second.converted.tolist()


def test_the_order_of_rows_of_one_time_changes_nothing(read) -> None:
    same_day = LEADS.replace("2026-01-02", "2026-01-03")
    header, *rows = same_day.splitlines()
    assert read(same_day).lead_ids == read("\n".join([header, *reversed(rows)])).lead_ids == ("a", "b", "c", "d")


def test_the_rows_may_be_the_order_in_time(read) -> None:
    data = read(order=Order(rows=True))
    assert data.lead_ids == ("b", "a", "d", "c")
    assert data.when.tolist() == [0, 1, 2, 3]


def test_ascending_numbers_may_be_the_order_in_time(read) -> None:
    csv = LEADS.replace("2026-01-0", "10")
    assert read(csv).when.tolist() == [101, 102, 103, 104]


def test_leads_without_an_id_are_numbered_by_row(read) -> None:
    data = read(leads=LeadsTable(), ignore={"id": "not used"})
    assert data.lead_ids == ("2", "1", "4", "3")


def test_ids_are_texts(read) -> None:
    assert read(LEADS.replace("\na,", "\n007,").replace("\nb,", "\n7,")).lead_ids[:2] == ("007", "7")


def test_a_text_fact_reads_leading_zeros(read) -> None:
    codes = Fact(fact="code", field="code", points=(Points(equals="01067", points=5.0),))
    csv = "id,signed_up,code,bought\na,1,01067,yes\nb,2,1067,no\nc,3,,no\n"
    assert read(csv, facts=(codes,)).columns[0].plain() == ["01067", "1067", None]


def test_a_declared_text_fact_reads_leading_zeros(read) -> None:
    codes = Declared(name="code", type="text", source=Source(field="code"))
    csv = "id,signed_up,code,bought\na,1,01067,yes\nb,2,1067,no\n"
    assert read(csv, facts=(), features=(codes,)).columns[0].plain() == ["01067", "1067"]


def test_a_cell_of_spaces_in_a_column_of_numbers_is_unknown(read) -> None:
    data = read(LEADS.replace(",40,", ",  ,"))
    assert data.columns[0].plain() == [None, 20.0, None, 3.5]
    assert data.profile["size"].dtype == "float64"


def test_the_same_file_has_the_same_fingerprint(read) -> None:
    assert read().fingerprint == read().fingerprint


def test_another_cell_makes_another_fingerprint(read) -> None:
    assert read().fingerprint != read(LEADS.replace("3.5", "3.6")).fingerprint


# What it refuses


def test_nothing_to_learn_from_is_refused(read) -> None:
    error = refused(read, csv="id,signed_up,colour,bought\na,1,red,yes\nb,2,red,no\n", facts=())
    assert error.what.startswith("there is no fact to learn from")
    assert error.where == "leads.csv"


def test_a_missing_file_is_refused(tmp_path, make_agreement) -> None:
    config = TrainConfig(name="test", agreement="a.yaml", outcome=Outcome(column="bought"), order=Order(rows=True))
    with pytest.raises(DataError, match="no such file") as error:
        load_dataset(config, make_agreement(), tmp_path / "leads.csv", tmp_path)
    assert error.value.where.endswith("leads.csv")


def test_an_unknown_outcome_column_is_refused_with_the_nearest_name(read) -> None:
    error = refused(read, outcome=Outcome(column="bougt"))
    assert (error.what, error.where) == ("the outcome column 'bougt' is not in the table", "leads.csv")
    assert error.do == "did you mean 'bought'?"


def test_an_unknown_time_column_is_refused_with_the_nearest_name(read) -> None:
    assert refused(read, order=Order(column="signed")).do == "did you mean 'signed_up'?"


def test_an_unknown_id_column_is_refused(read) -> None:
    assert "the id column 'key'" in refused(read, leads=LeadsTable(id="key")).what


@pytest.mark.parametrize("key", ["ignore", "knows_future", "known_from"])
def test_a_listed_column_that_is_not_there_is_refused(key, read) -> None:
    error = refused(read, ConfigError, **{key: {"tag": "a reason"}})
    assert error.what == f"'{key}' names 'tag', which is no column"
    assert error.do == "did you mean 'tags'?"


@pytest.mark.parametrize("word", ["maybe", "yes"])
def test_outcomes_of_one_class_are_refused(word, read) -> None:
    csv = LEADS.replace(",yes", ",no").replace(",Yes", ",no").replace(",no", f",{word}")
    error = refused(read, csv=csv)
    assert error.got == f"{4 if word == 'yes' else 0} of 4 converted; its values are '{word}'"
    assert "which of its values mean 'converted'" in error.do


def test_no_more_than_five_values_of_an_outcome_are_named(read) -> None:
    rows = "".join(f"{i},{i},r{max(i, 2)}\n" for i in range(1, 9))
    error = refused(read, csv="id,signed_up,bought\n" + rows, facts=())
    assert error.got == "0 of 8 converted; its values are 'r2', 'r3', 'r4', 'r5', 'r6' and 2 more"


def test_an_empty_outcome_is_refused_with_its_row(read) -> None:
    error = refused(read, csv=LEADS.replace("blue,y,yes", "blue,y,"))
    assert (error.what, error.where) == ("1 row(s) have no outcome", "leads.csv, row 3, column 'bought'")


def test_an_empty_time_is_refused_with_its_row(read) -> None:
    assert refused(read, csv=LEADS.replace("2026-01-04", "")).where == "leads.csv, row 4, column 'signed_up'"


def test_a_time_that_is_none_is_refused_with_its_row(read) -> None:
    error = refused(read, csv=LEADS.replace("2026-01-03", "last Tuesday"))
    assert (error.where, error.got) == ("leads.csv, row 5, column 'signed_up'", "'last Tuesday'")


def test_an_id_that_stands_twice_is_refused(read) -> None:
    assert refused(read, csv=LEADS.replace("\nd,", "\na,")).what == "the lead 'a' stands twice"


def test_a_missing_id_is_refused_with_its_row(read) -> None:
    error = refused(read, csv=LEADS.replace("\nd,", "\n,"))
    assert (error.what, error.where) == ("1 lead(s) have no id", "leads, row 4, column 'id'")


def test_a_text_in_a_column_of_numbers_is_refused_with_its_row(read) -> None:
    error = refused(read, csv=LEADS.replace("40", "forty"))
    assert (error.what, error.where) == ("'size' cannot be read as a number", "leads, row 5, column 'size'")
    assert error.got == "'forty'"


def test_an_agreed_field_that_is_no_column_is_refused_with_the_nearest_name(read) -> None:
    error = refused(read, facts=(Fact(fact="size", field="sise", points=SIZE.points),))
    assert error.what.startswith("the fact 'size' reads 'sise', which is no column")
    assert error.do == "did you mean 'size'?"


@pytest.mark.parametrize("key", ["knows_future", "ignore"])
def test_an_agreed_field_that_may_not_be_read_is_refused(key, read) -> None:
    assert "one that may not be read" in refused(read, **{key: {"size": "counted at the export"}}).what


def test_a_fact_declared_twice_is_refused(read) -> None:
    again = Declared(name="size", type="number", source=Source(field="size"))
    assert refused(read, ConfigError, features=(again,)).what == "the fact 'size' stands twice"


# When outcomes came


def test_when_outcomes_came_needs_leads_that_have_dates(read) -> None:
    csv = "id,day,size,bought,bought_at\na,1,20,yes,2026-01-09\nb,2,3,no,\n"
    error = refused(read, csv=csv, order=Order(column="day"), outcome=Outcome(column="bought", at="bought_at"))
    assert error.what == "'day' holds numbers, and when outcomes came can only be held against dates"
