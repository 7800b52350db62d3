"""What the service notes of its own work."""

from sqlalchemy import BigInteger, Column, Double, Index, Table, Text

from serving.store.schema.base import metadata

imports = Table(
    "imports",
    metadata,
    Column("import_id", Text, primary_key=True),
    Column("table", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("moved_at", BigInteger, nullable=False, comment="when it last stored rows"),
    Column("ended_at", BigInteger),
    Column("share", Double, nullable=False, comment="of the file, that was read"),
    Column("read", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("repeated", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("report", Text, nullable=False, comment="the first refused rows, each with its reason (JSON)"),
    Column("fault", Text, nullable=False, comment="why it ended early, in five parts (JSON); empty when it did not"),
    Index(None, "begun_at"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id_hash", Text, primary_key=True, comment="of a lead id or an anonymous id that was erased"),
    Column("at", BigInteger, nullable=False),
    Column("account_hashes", Text, nullable=False, comment="of its accounts, whose other leads' scores have read it"),
)

prunings = Table(
    "prunings",
    metadata,
    Column("kind", Text, primary_key=True, comment="what was deleted because of its age"),
    Column("before", BigInteger, nullable=False, comment="what is older is gone"),
    Column("at", BigInteger, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True, comment="a job that one worker at a time does"),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
