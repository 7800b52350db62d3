"""A batch that is refused as a whole, sent in halves until it shows whose fault it is.

Where every record of a batch is refused for the same reason, it is the mapping's fault and not theirs.
"""

from collections.abc import Sequence

from serving.crm.connector import Answer, Connector, Outcome, Record
from serving.crm.errors import BatchRefused, CrmError, RequestRefused, Unreachable

_ENOUGH = 3  # records that may all be wrong in the same way


def sent(connector: Connector, records: Sequence[Record]) -> Answer:
    """Send records, at most as many as the connector takes at once; never raises CrmError."""
    waiting, outcomes = [list(records)], dict[str, Outcome]()
    refusals: list[str] = []
    while waiting:
        part = waiting.pop()
        try:
            answer = connector.send(part)
        except BatchRefused as fault:
            if len(part) > 1:
                half = (len(part) + 1) // 2
                waiting += [part[half:], part[:half]]
                continue
            answer = Answer({part[0].lead_id: Outcome("missing" if fault.missing else "failed", fault.told)})
            refusals.append(fault.told)
        except CrmError as fault:
            return Answer(outcomes, fault)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            return Answer(outcomes, Unreachable("the answer is not as it is documented", got=type(error).__name__))
        outcomes.update(answer.outcomes)
        if answer.fault is not None:
            return Answer(outcomes, answer.fault)
    if len(refusals) == len(records) >= _ENOUGH and len(set(refusals)) == 1:
        do = "leadscore crm check FILE; then mend the fields, or what the CRM allows in them"
        return Answer({}, RequestRefused("every record is refused alike", got=refusals[0], do=do))
    return Answer(outcomes)
