"""What CRMs were sent of leads."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from serving.store.schema.base import metadata

crm_connectors = Table(
    "crm_connectors",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("program", Text, primary_key=True),
    Column("mapping", Text, nullable=False, comment="digest of what decides which values are sent"),
    Column("place", Text, nullable=False, comment="how far scores and stage changes were read (JSON)"),
    Column("walked_to", Text, comment="the last lead of a walk over all that is under way; null: none is"),
    Column("paused_until", BigInteger, nullable=False, comment="nothing is sent before; 0: at once"),
    Column("pauses", Integer, nullable=False, comment="in a row, since something was last sent"),
    Column("because", Text, nullable=False, comment="why it paused last; empty when it did not"),
)

crm_sent = Table(
    "crm_sent",
    metadata,
    Column("lead_id", Text, ForeignKey("leads.lead_id"), primary_key=True),
    Column("connector", Text, primary_key=True),
    Column("program", Text, primary_key=True),
    Column("digest", Text, nullable=False, comment="of what the CRM last took; empty: nothing yet"),
    Column("tried", Text, nullable=False, comment="digest of what was refused, or of where it was not found"),
    Column("at", BigInteger, comment="when the CRM last took something"),
    Column("state", Text, nullable=False, comment="waiting, sent, apart, no_key, retry, missing or failed"),
    Column("attempts", Integer, nullable=False, comment="in a row that failed"),
    Column("next_at", BigInteger, comment="when it is looked at again; 0: at once; null: when it changes"),
    Column("again_at", BigInteger, comment="when it is sent again although it did not change"),
    Column("last_error", Text, nullable=False, comment="in the CRM's words"),
    Column("score_id", BigInteger, nullable=False, comment="the score that was looked at; 0: none yet"),
    Column("change_id", BigInteger, nullable=False, comment="the stage change that was; 0: none yet"),
    Index(None, "connector", "program", "next_at"),
    Index(None, "connector", "program", "state"),
)
