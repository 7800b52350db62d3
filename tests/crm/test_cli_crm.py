"""``leadscore crm``: what it says, and how it ends."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from client import serving_client
from crmdesk import written
from desk import HEAD_OF_IT, Desk
from vendors.hubspot import PROPERTIES, TOKEN, HubSpot
from vendors.server import Vendor, says

from features.moments import now
from serving.cli import main
from serving.crm.loading import load_crm
from serving.programs.opening import open_programs
from serving.settings import Settings
from serving.store.place import open_store
from training.scorecard import Scorecard, save

Said = Callable[..., tuple[str, str, int]]
FIELDS = "fields: {score: leadscore_score, stage: leadscore_stage}"


class Home:
    """A home with two leads, and a HubSpot that has one of them."""

    def __init__(self, folder: Path, vendor: HubSpot, card: Scorecard) -> None:
        self.folder, self.vendor = folder, vendor
        self.file = written(folder, "hubspot", vendor.url, TOKEN, FIELDS)
        save(card, folder / "scorecard.json")
        with closing(open_store(folder, "")) as store:
            desk = Desk(store, open_programs(Settings(home=folder), store), now())
            for name in ("kim", "lee"):
                desk.identify(name, **HEAD_OF_IT | {"email": f"{name}@acme.example"})
        vendor.records = {"kim@acme.example": {}}


@pytest.fixture
def home(tmp_path: Path, vendors: list[Vendor], rules_card: Scorecard) -> Home:
    vendor = HubSpot(properties=PROPERTIES)
    vendors.append(vendor)
    return Home(tmp_path, vendor, rules_card)


@pytest.fixture
def said(home: Home, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs the command on the file; what it said, what it complained of, how it ended."""

    def say(command: str, *options: str) -> tuple[str, str, int]:
        where = () if command == "check" else ("--home", str(home.folder))
        with pytest.raises(SystemExit) as ended:
            main(["crm", command, str(home.file), *where, *options])
        out, err = capsys.readouterr()
        return out, err.strip(), int(ended.value.code or 0)

    return say


def test_check_says_that_all_is_well(said: Said) -> None:
    assert said("check") == ("hubspot lets us in, and has the 2 properties that are written.\n", "", 0)


def test_check_says_which_property_is_not_there_and_which_is_near(home: Home, said: Said) -> None:
    home.file.write_text(home.file.read_text().replace("leadscore_stage", "leadscore_stagge"))
    _, err, code = said("check")
    assert (code, "leadscore_stagge" in err, "did you mean 'leadscore_stage'?" in err) == (4, True, True)


def test_check_says_that_the_credentials_are_not_taken(home: Home, said: Said) -> None:
    (home.folder / "secret").write_text("wrong")
    _, err, code = said("check")
    assert (code, "does not take the credentials" in err) == (16, True)


def test_show_writes_the_request_and_sends_nothing(home: Home, said: Said) -> None:
    out, _, code = said("show", "--lead", "kim")
    assert code == 0
    assert out.startswith("POST /crm/v3/objects/contacts/batch/update\n")
    assert '"properties":{"leadscore_score":"43","leadscore_stage":"MQL"}' in out
    assert TOKEN not in out
    assert home.vendor.asked == []


def test_show_says_why_a_lead_is_not_sent(said: Said) -> None:
    _, err, code = said("show", "--lead", "nobody")
    assert (code, "nothing is sent of this lead" in err) == (7, True)


def test_push_sends_and_counts_and_failures_lists(home: Home, said: Said) -> None:
    assert said("push") == ("hubspot: 1 missing, 1 sent.\n", "", 0)
    out, _, _ = said("failures")
    assert "lee" in out
    assert "not found there" in out
    assert "Leads: 1 not found there, 1 as they are." in out


def test_push_again_sends_nothing(home: Home, said: Said) -> None:
    said("push")
    assert said("push") == ("hubspot: nothing to send.\n", "", 0)
    assert said("push", "--all") == ("hubspot: 1 unchanged.\n", "", 0)
    assert len(home.vendor.asked) == 1


def test_failures_are_sent_again(home: Home, said: Said) -> None:
    said("push")
    home.vendor.records["lee@acme.example"] = {}
    assert said("failures", "--again") == ("1 lead(s) are sent again at the next push.\n", "", 0)
    assert said("push") == ("hubspot: 1 sent.\n", "", 0)


def test_push_ends_where_the_crm_does_not_answer_and_says_until_when(home: Home, said: Said) -> None:
    home.vendor.faults = [says(429, {}, Retry_After="600")]
    _, err, code = said("push")
    assert (code, "the CRM asks to wait" in err) == (16, True)
    _, err, code = said("push")
    assert (code, "Nothing more is sent before" in err) == (16, True)
    assert said("push", "--now")[2] == 0


def test_push_logs_as_the_service_does_and_never_into_what_it_says(home: Home, said: Said) -> None:
    home.vendor.faults = [says(429, {})]
    out, err, _ = said("push")
    assert out == "hubspot: nothing to send.\n"
    (line,) = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert line["event"] == "nothing more is sent to the CRM for a while"


def test_push_logs_no_value_of_a_lead_that_breaks_the_code(
    home: Home, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object, __: object, ___: object, ____: object, key: str) -> None:
        raise ZeroDivisionError(key)

    monkeypatch.setattr("serving.crm.records.record_of", broken)
    out, err, _ = said("push")
    assert "ZeroDivisionError" in err
    assert "@acme.example" not in out + err


def test_the_service_keeps_the_crm_up_to_date(home: Home) -> None:
    settings = Settings(home=home.folder, crm=(load_crm(home.file),))
    with serving_client(settings) as client:
        assert home.vendor.wait_for_writes(1)
        assert home.vendor.records["kim@acme.example"]["leadscore_stage"] == "MQL"
        assert "leadscore_crm_records_total" in client.get("/metrics").text
