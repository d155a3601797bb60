"""Which provinces a hub has, in one form or the other, and what is told when that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.catalogue import sources_by_province, sources_of
from gateway.server import CLIENT_ID, CLIENT_SECRET, running
from hub.errors import Abort
from hub.installation import Installation
from hub.province_settings import WrongProvince
from ioc import doctor
from ioc.main import app

LANG_SON = {"code": "H37", "area": "20", "gateway_url": "http://a.example", "client_id": "a", "client_secret": "S-a"}
TRA_VINH = {"code": "H59", "area": "84", "gateway_url": "http://b.example", "client_id": "b", "client_secret": "S-b"}


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PROVINCE", "AREA", "GATEWAY_URL", "CLIENT_ID", "CLIENT_SECRET", "INSTALLATION"):
        monkeypatch.delenv(f"IOC_{name}", raising=False)
    monkeypatch.setenv("IOC_HMAC_KEY", "5a" * 32)
    monkeypatch.setenv("IOC_LANG", "en")


def configure(monkeypatch: pytest.MonkeyPatch, *provinces: dict[str, Any], **others: str) -> None:
    monkeypatch.setenv("IOC_PROVINCES", json.dumps(provinces))
    for name, value in others.items():
        monkeypatch.setenv(f"IOC_{name.upper()}", value)


def way(code: str | None = None) -> tuple[str, str, str, str, str]:
    said = Installation.open().with_gateway(code).settings
    return said.province, said.area, said.gateway_url, said.client_id, said.client_secret.get_secret_value()


def test_each_province_has_its_own_area_gateway_and_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON, TRA_VINH)
    assert way("H37") == ("H37", "20", "http://a.example", "a", "S-a")
    assert way("H59") == ("H59", "84", "http://b.example", "b", "S-b")


def test_the_file_lists_provinces_too(tmp_path: Path) -> None:
    entries = [
        "[[provinces]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in province.items())
        for province in (LANG_SON, TRA_VINH)
    ]
    (tmp_path / "ioc.toml").write_text("\n".join(entries), "utf-8")
    assert Installation.open().settings.codes == ["H37", "H59"]
    assert way("H59") == ("H59", "84", "http://b.example", "b", "S-b")


def test_single_settings_are_the_short_form_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LANG_SON.items():
        monkeypatch.setenv(f"IOC_{'PROVINCE' if name == 'code' else name.upper()}", value)
    assert way() == way("H37") == ("H37", "20", "http://a.example", "a", "S-a")


def test_the_only_one_need_not_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, TRA_VINH)
    assert way() == way("H59")


def test_of_several_one_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON, TRA_VINH)
    with pytest.raises(WrongProvince, match="provinces H37, H59: name one"):
        Installation.open().with_gateway()
    with pytest.raises(WrongProvince, match="no province 'H10'; there are H37, H59"):
        Installation.open().with_gateway("H10")


def test_secrets_can_be_kept_apart_from_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {name: value for name, value in TRA_VINH.items() if name != "client_secret"}
    configure(monkeypatch, LANG_SON, entry, client_secrets='{"H59": "apart"}')
    assert (way("H37")[-1], way("H59")[-1]) == ("S-a", "apart")


def test_what_one_province_lacks_does_not_hinder_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON, {"code": "H59", "area": "84", "gateway_url": "http://b.example", "client_id": "b"})
    assert way("H37")[0] == "H37"
    with pytest.raises(Abort, match="Province H59 has no client_secret; add it to its entry in provinces"):
        Installation.open().with_gateway("H59")


@pytest.mark.parametrize(
    ("provinces", "others", "told"),
    [
        ([LANG_SON, TRA_VINH, LANG_SON], {}, "lists H37 twice"),
        ([LANG_SON], {"province": "H37"}, "province is the short form of one: keep one form"),
        ([LANG_SON], {"client_secret": "S-a"}, "client_secret is the short form"),
        ([LANG_SON | {"client-secret": "S-a"}], {}, "provinces.0.client-secret: there is no such setting"),
        ([LANG_SON | {"code": "37"}], {}, r"provinces.0.code: .*pattern"),
        ([{"code": "H37"}], {}, "provinces.0.area: is missing"),
        ([LANG_SON], {"client_secrets": '{"H37": "S-b"}'}, "H37 has a client_secret and one in client_secrets"),
        ([LANG_SON], {"client_secrets": '{"H59": "S-b"}'}, "client_secrets names H59, which provinces does not list"),
    ],
)
def test_a_wrong_list_is_told_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, provinces: list[dict[str, Any]], others: dict[str, str], told: str
) -> None:
    configure(monkeypatch, *provinces, **others)
    with pytest.raises(Abort, match=told) as error:
        Installation.open()
    assert "S-a" not in str(error.value)
    assert "S-b" not in str(error.value)


def test_a_list_that_is_no_json_is_told_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_PROVINCES", "[{client_secret: S-a}]")
    with pytest.raises(Abort, match=r'"provinces".*JSON') as error:
        Installation.open()
    assert "S-a" not in str(error.value)


def test_a_province_is_not_set_without_its_area(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sources_by_province(Installation.open()) == {}
    monkeypatch.setenv("IOC_PROVINCE", "H59")
    with pytest.raises(Abort, match="province is H59, and area is not set"):
        Installation.open()


def test_a_misspelt_key_of_the_file_is_told_and_the_screens_table_is_none(tmp_path: Path) -> None:
    (tmp_path / "ioc.toml").write_text('gatway_url = "https://lgsp.example"\n', "utf-8")
    with pytest.raises(Abort, match="gatway_url: there is no such setting"):
        Installation.open()
    (tmp_path / "ioc.toml").write_text('[serve]\noidc_client_secret = "S-oidc"\n', "utf-8")
    assert "S-oidc" not in repr(Installation.open().settings)


def test_empty_variables_are_as_if_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose passes on every variable, those of the other form empty."""
    configure(monkeypatch, TRA_VINH, province="", area="", client_secret="", client_secrets="", government_kpis="")
    assert Installation.open().with_gateway().settings.province == "H59"
    assert Installation.open().with_gateway().settings.government_kpis is None


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON, TRA_VINH)
    assert (
        "S-a"
        not in repr(Installation.open().settings)
        + repr(Installation.open().with_gateway("H37").settings)
        + Installation.open().with_gateway("H37").settings.model_dump_json()
    )


def test_a_province_has_the_sources_that_its_entry_names(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON, TRA_VINH | {"sources": ["ioffice", "dvc"]})
    assert list(sources_of(Installation.open(), "H59")) == ["dvc", "ioffice"]
    assert sources_of(Installation.open(), "H37") == sources_of(Installation.open())
    assert {code: len(sources) for code, sources in sources_by_province(Installation.open()).items()} == {
        "H37": len(sources_of(Installation.open())),
        "H59": 2,
    }


def test_a_source_that_there_is_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON, TRA_VINH | {"sources": ["dvcc"]})
    with pytest.raises(Abort, match=r"Province H59 names the sources dvcc; there are .*dvc"):
        sources_of(Installation.open(), "H37")


def test_commands_ask_for_the_province_where_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON, TRA_VINH | {"sources": ["dvc"]})
    days = ("--from", "2023-06-01", "--to", "2023-06-30")
    for command in (
        ("run", "dvc", *days),
        ("source", "check", "dvc"),
        ("quality", "runs"),
        ("quality", "quarantine"),
        ("government", "send"),
        ("government", "status"),
    ):
        answer = CliRunner().invoke(app, command)
        assert answer.exit_code == 2, command
        assert "H37, H59" in answer.stderr
    answer = CliRunner().invoke(app, ["run", "gate", *days, "--province", "H59"])
    assert answer.exit_code == 2
    assert "H59 has no source 'gate'" in answer.stderr


def test_the_doctor_looks_at_each_province(monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as url:
        good = LANG_SON | {"gateway_url": url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        nowhere = TRA_VINH | {"gateway_url": "http://127.0.0.1:9"}
        configure(monkeypatch, good, nowhere, {"code": "H10", "area": "70"})
        checks = doctor.examine()
    assert {check.name: check.good for check in checks if check.name.startswith("Gateway")} == {
        "Gateway H37": True,
        "Gateway H59": False,
    }
    assert [check.found for check in checks if check.name == "Settings"] == [
        "complete H37",
        "complete H59",
        "Province H10 has no gateway_url; add it to its entry in provinces",
    ]


def test_each_province_has_its_own_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON | {"gateway_ca": "/etc/a.pem"}, TRA_VINH)
    hub = Installation.open()
    assert [hub.with_gateway(code).settings.gateway_ca for code in hub.settings.codes] == [Path("/etc/a.pem"), None]


def test_a_file_of_authorities_is_looked_for_from_the_installations_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    lines = [f"{name} = {json.dumps(value)}" for name, value in (LANG_SON | {"gateway_ca": "ca/a.pem"}).items()]
    (folder / "ioc.toml").write_text("\n".join(["[[provinces]]", *lines]), "utf-8")
    monkeypatch.setenv("IOC_INSTALLATION", str(folder))
    assert Installation.open().with_gateway().settings.gateway_ca == folder / "ca" / "a.pem"


def test_a_province_of_a_list_has_no_authorities_of_the_short_form(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON, gateway_ca="/etc/a.pem")
    with pytest.raises(Abort, match="gateway_ca is the short form of one"):
        Installation.open()


@pytest.mark.parametrize("name", ["gateway_url", "government_url", "landing"])
@pytest.mark.parametrize(
    "address",
    [
        "https://user:Zq7-secret@lgsp.example.vn",
        "https://user:Zq7-secret@lgsp.example.vn:8443/lgsp?x=1",
        "https://user:Zq7-secret/more@lgsp.example.vn",
        "https://user:Zq7-secret?more@lgsp.example.vn",
        "https://user:Zq7-secret#more@lgsp.example.vn",
        "https://Zq7-secret@lgsp.example.vn",
        "user:Zq7-secret@lgsp.example.vn",
        "s3://AKIA:Zq7-secret@bucket/landing",
        "simplecache::s3://AKIA:Zq7-secret@bucket/landing",
        "https://lgsp.example.vn/?api_key=Zq7-secret",
        "abfs://box/landing?sig=Zq7-secret",
    ],
)
def test_an_address_with_credentials_is_refused_without_repeating_them(
    name: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"IOC_{name.upper()}", address)
    with pytest.raises(Abort, match=f"{name}: must hold no user, password or key") as told:
        Installation.open()
    assert "Zq7" not in told.value.en + told.value.vi
    assert "Zq7" not in "".join(check.found + check.mend for check in doctor.examine())


def test_a_provinces_own_address_with_credentials_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LANG_SON | {"gateway_url": "https://user:Zq7-secret@lgsp.example.vn"})
    with pytest.raises(Abort, match="gateway_url: must hold no user, password or key") as told:
        Installation.open()
    assert "Zq7" not in told.value.en + told.value.vi


@pytest.mark.parametrize(
    "address",
    ["https://lgsp.example.vn:8443/lgsp", "s3://bucket/a@b", "/srv/a@b:c", "memory://pages", "http://[::1]:80"],
)
def test_an_address_without_credentials_is_taken(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_LANDING", address)
    assert Installation.open().settings.landing == address
