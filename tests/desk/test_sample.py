"""A sample has its share of rows, in whatever steps their numbers come."""

import pytest
from sqlalchemy import Integer, column, create_engine, func, select, text

from serving.store.sample import one_in

ROWS = 10_000
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT i * :step AS i FROM n"


@pytest.mark.parametrize("every", [1, 2, 4, 7])
@pytest.mark.parametrize("step", [1, 2, 3, 4, 10])
def test_about_one_row_in_so_many_is_taken(every: int, step: int) -> None:
    numbers = text(NUMBERS).bindparams(last=ROWS - 1, step=step).columns(column("i", Integer)).subquery()
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        taken = connection.execute(select(func.count()).select_from(numbers).where(one_in(every, numbers.c.i)))
        assert taken.scalar_one() == pytest.approx(ROWS / every, rel=0.05)
    engine.dispose()
