"""A lead whose past may still be told, as no score has read it: new ones, and those that wait for their first score."""

from dataclasses import dataclass, field

from features.errors import DataError
from features.moments import iso
from serving.imports.creating import NewLead, reached
from serving.imports.reading import LeadRow
from serving.leads.record import Profile


@dataclass
class Past:
    """What is known of one lead, row by row.

    versions: its fields by the moment from which they held, those of its account (``traits``) included
    has_joined: whether its account came to be known in this batch; told: the moments that this batch has told
    """

    lead_id: str
    created_at: int
    moment: int
    profile: Profile
    account: str | None = None
    account_from: int | None = None
    versions: dict[int, Profile] = field(default_factory=dict)
    traits: Profile = field(default_factory=dict)
    is_new: bool = False
    has_joined: bool = False
    told: list[int] = field(default_factory=list)

    def tell(self, row: LeadRow, now: int) -> bool:
        """Take in a row; False when it says nothing new. Raises DataError where it contradicts what is known."""
        if not self.versions:
            self.created_at = row.created_at
            self._add(row, row.created_at if row.valid_from is None else row.valid_from, row.profile)
            return True
        if row.valid_from is None:
            return self._tell_now(row, now)
        if row.valid_from in self.versions:
            if self.versions[row.valid_from] == self.traits | row.profile:
                return False
            raise _two_versions(row)
        self._add(row, row.valid_from, row.profile)
        return True

    def new_lead(self) -> NewLead:
        """As it is to be made."""
        versions = {at: self.versions[at] for at in self.told}
        return NewLead(
            self.lead_id, self.created_at, self.moment, self.profile, self.account, self.account_from, versions
        )

    def joins(self, at: int | None, traits: Profile, now: int) -> None:
        """Its account has leads that were scored (it is of it from ``at`` on), or fields that hold for it now."""
        if at is not None:
            self.account_from, self.moment = at, max(self.moment, at)
        self.traits = traits
        if not traits.keys() <= self.profile.keys():
            self._add_version(max(now, self.moment + 1, at or 0), self.profile)

    def _tell_now(self, row: LeadRow, now: int) -> bool:
        """A row without a moment, of a lead that is known: what is so now. A field that it leaves out stays."""
        profile = self.profile | row.profile
        if profile == self.profile:
            return False
        if row.again:
            raise stands_twice()
        self._add(row, max(now, self.moment + 1), profile)
        return True

    def _add(self, row: LeadRow, at: int, profile: Profile) -> None:
        if self.account is None:
            self._join(row, self.created_at if not self.versions else at, profile)
        if at >= max(self.versions, default=at):
            self.profile = profile
        self._add_version(at, profile)
        self.moment = max(self.moment, self.created_at, at)

    def _join(self, row: LeadRow, at: int, profile: Profile) -> None:
        company = reached(profile).company
        self.account = f"group:{row.account}" if row.account else f"domain:{company}" if company else None
        if self.account is not None:
            self.has_joined, self.account_from = True, at if row.account_from is None else row.account_from

    def _add_version(self, at: int, profile: Profile) -> None:
        self.versions[at] = self.traits | profile
        self.told.append(at)


def stands_twice() -> DataError:
    """That a file says two things of one lead, and of no moment in particular."""
    do = "keep one row, or say in a column 'valid_from' since when each holds"
    return DataError("the lead stands twice, with other fields", where="", do=do)


def _two_versions(row: LeadRow) -> DataError:
    got = iso(row.valid_from) if row.valid_from is not None else ""
    return DataError("the lead has two versions from one moment on", where="valid_from", got=got, do="keep one of them")
