"""What a plan's tables say of what they leave out."""

import pytest

from ioc.plan_tables import print_effects
from pipeline.rule_changes import Remapped, Replayable, RuleEffects, Unfit
from tests.kpis.facts import HALF_YEAR


@pytest.mark.parametrize(
    "effects",
    [
        RuleEffects(replayable=[Replayable("dvc", "dossiers", number, *HALF_YEAR, 9, 1) for number in (1, 2, 3)]),
        RuleEffects(unfit=[Unfit("dvc", "dossiers", rule, 9) for rule in ("a", "b", "c")]),
        RuleEffects(remapped=[Remapped("dvc", "dossiers", "level", code, "2", "3", 9) for code in ("a", "b", "c")]),
    ],
    ids=["replayable", "unfit", "remapped"],
)
def test_a_table_that_is_cut_says_where_all_of_it_is(
    effects: RuleEffects, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setattr("ioc.plan_tables._SHOWN", 2)
    print_effects(effects, {})
    said = capsys.readouterr()
    assert said.out.count("dvc.dossiers") == 2
    assert said.err == "1 more: --json has all\n"
