"""Settings are read once, refused when unsafe, and say which one was wrong."""

from pathlib import Path
from typing import ClassVar

import pytest

from kit.conformance import Relaxed
from kit.settings import ServiceSettings, SettingsRefused, load_secret


class DeskSettings(ServiceSettings):
    service: ClassVar[str] = "desk"


def read(tmp_path: Path, **environ: str) -> DeskSettings:
    given = {"PASSPORT_DESK_PUBLIC_URL": "https://desk.example", "PASSPORT_DESK_DATA_DIR": str(tmp_path)}
    return DeskSettings.from_env({**given, **environ})


def test_a_service_reads_its_own_variable_before_the_shared_one(tmp_path: Path) -> None:
    settings = read(tmp_path, PASSPORT_BANNER="shared", PASSPORT_DESK_BANNER="own", PASSPORT_MAIL_PORT="2525")
    assert (settings.banner, settings.mail_port) == ("own", 2525)


def test_the_secret_is_made_once_and_only_for_the_owner(tmp_path: Path) -> None:
    first = read(tmp_path).secret
    assert read(tmp_path).secret == first
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_W_KEY_1_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_secret(tmp_path / "secret")
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(SettingsRefused, match="chmod 600"):
        read(tmp_path)


def test_the_secret_never_shows_in_the_representation(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.secret.decode() not in repr(settings)


@pytest.mark.parametrize("address", ["http://desk.example", "https://desk.example/", "desk.example", "ftp://x"])
def test_an_unsafe_public_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsRefused, match="public_url"):
        read(tmp_path, PASSPORT_DESK_PUBLIC_URL=address)


@pytest.mark.parametrize(("name", "value"), [("MAIL_PORT", "-1"), ("MAIL_PORT", "٣"), ("CONFORMANCE", "perhaps")])
def test_a_malformed_value_names_its_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=name.lower()):
        read(tmp_path, **{f"PASSPORT_DESK_{name}": value})


def test_the_profile_for_test_suites_relaxes_nothing_where_it_is_off(tmp_path: Path) -> None:
    plain, suites = read(tmp_path), read(tmp_path, PASSPORT_CONFORMANCE="yes")
    assert not any(plain.relaxes(rule) for rule in Relaxed)
    assert {rule for rule in Relaxed if not suites.relaxes(rule)} == {Relaxed.ANY_SIGNER, Relaxed.ANY_WORD}


def test_a_rule_that_does_not_exist_is_not_relaxed(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="everything"):
        read(tmp_path, PASSPORT_CONFORMANCE_RELAXES="vp-claim,everything")
