"""Times of the tables, as microseconds since 1970, UTC."""

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from features.engines.cells import MANY, as_text, filled
from features.engines.places import Stretch
from features.errors import DataError
from features.moments import iso, moment

TIME = pa.int64()
FIRST, LAST = moment("0001-01-01"), moment("9999-12-31T23:59:59.999999")


class Times:
    """The times of one column, batch after batch: all name their zone, or none does.

    until: the moment after which none can be; required: whether every row needs one
    """

    def __init__(self, column: str, until: int | None = None, *, required: bool = True) -> None:
        self.column, self._until, self._required = column, until, required
        self._zoned: bool | None = None

    def of(self, batch: pa.RecordBatch, at: Stretch) -> pa.Array:
        """The times of a batch, (n,) int64.

        Raises DataError naming the first row that lacks one, whose text is none, or whose time is later than
        ``until``; and the first that names its zone where those before it do not, or the other way round.
        """
        values = filled(batch, self.column, at) if self._required else batch.column(self.column)
        times = self._microseconds(values, at)
        self._refuse_beyond(times, at)
        return times

    def _microseconds(self, values: pa.Array, at: Stretch) -> pa.Array:
        if pa.types.is_timestamp(values.type):
            return self._timestamps(values, at)
        if pa.types.is_date(values.type):
            return self._timestamps(pc.cast(values, pa.timestamp("us")), at)
        plain = as_text(values)
        for zoned, kind in ((True, pa.timestamp("us", "UTC")), (False, pa.timestamp("us"))):
            try:
                times = pc.cast(pc.cast(plain, kind), TIME)
            except pa.ArrowInvalid:
                continue
            self._same_zones(zoned, plain, at)
            return times
        return pa.array([self._one(plain, i, at) for i in range(len(plain))], TIME)

    def _timestamps(self, values: pa.Array, at: Stretch) -> pa.Array:
        self._same_zones(values.type.tz is not None, values, at)
        try:
            return pc.cast(pc.cast(values, pa.timestamp("us", values.type.tz), safe=False), TIME)
        except pa.ArrowInvalid as error:
            where = f"{at.file}, column '{self.column}'"
            raise DataError("times that cannot be read", where=where, got=str(error)) from None

    def _one(self, plain: pa.Array, i: int, at: Stretch) -> int | None:
        """A time that Arrow does not read as it reads the others, or none at all."""
        written = plain[i].as_py()
        if written is None:
            return None
        try:
            found = moment(written)
        except DataError as error:
            where = at.row(self.column, i)
            raise DataError(error.what, where=where, got=error.got[:MANY], allowed=error.allowed) from None
        self._same_zone(datetime.fromisoformat(written).tzinfo is not None, written, i, at)
        return found

    def _same_zones(self, zoned: bool, values: pa.Array, at: Stretch) -> None:
        """As ``_same_zone`` for a batch whose times all name their zone, or all do not."""
        if values.null_count < len(values):
            first = pc.index(pc.is_valid(values), True).as_py()
            self._same_zone(zoned, values[first], first, at)

    def _same_zone(self, zoned: bool, value: object, i: int, at: Stretch) -> None:
        """Refuse a mixture of times with and without their zone: nobody can know what the latter mean."""
        if self._zoned is None:
            self._zoned = zoned
        if self._zoned != zoned:
            raise DataError(
                "some times name their zone and others do not",
                where=at.row(self.column, i),
                got=f"'{value}', {'with' if zoned else 'without'} a zone, unlike those before it",
                do="write all with an offset or Z, or all without (which means UTC)",
            )

    def _refuse_beyond(self, times: pa.Array, at: Stretch) -> None:
        last = LAST if self._until is None else self._until
        least, most = pc.min_max(times).as_py().values()
        if least is None or (least >= FIRST and most <= last):
            return
        i = pc.index(pc.or_(pc.less(times, FIRST), pc.greater(times, last)), True).as_py()
        found = times[i].as_py()
        if not FIRST <= found <= LAST:
            what, got = "not a moment in time", f"{found} microseconds since 1970"
            raise DataError(what, where=at.row(self.column, i), got=got, allowed="the years 1 to 9999")
        raise DataError(
            "a moment that has not come yet",
            where=at.row(self.column, i),
            got=iso(found),
            allowed=f"up to the present, {iso(last)}",
            do="mend the date, or leave out what is only planned",
        )
