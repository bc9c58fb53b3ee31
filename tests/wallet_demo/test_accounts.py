"""Accounts: nobody learns who has one, guessing is slow, other sites cannot act, keys stay sealed."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import statistics
import time
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from keys import PrivateKey
from tests.wallet_demo.conftest import EMAIL, NAME, PASSPHRASE, PUBLIC_URL, Wallet
from wallet_demo.learners.models import Learner, LearnerSession
from wallet_demo.learners.service import signed_in
from wallet_demo.tables import METADATA


class TestSigningUp:
    def test_a_new_passport_opens_with_its_passphrase(self, wallet: Wallet) -> None:
        page = wallet.learner().page("/fr/")
        assert NAME in page
        assert "Votre passeport est vide" in page

    def test_W_AUT_1_an_address_that_has_one_looks_the_same(self, wallet: Wallet) -> None:
        first = wallet.browser().sign_up()
        second = wallet.browser().sign_up(passphrase="another phrase of mine")
        assert (first.status_code, first.url) == (second.status_code, second.url)
        assert wallet.browser().sign_in().url.path == "/fr/"
        mails = sorted(path.read_text() for path in (wallet.folder / "mail").iterdir())
        assert len(mails) == 2

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"name": "a\u0007b"}, "name"),
            ({"email": ""}, "email"),
            ({"email": "nobody"}, "email"),
            ({"email": "a@b@c.example"}, "email"),
            ({"email": "a@b.example\r\nBcc: x@y.example"}, "email"),
            ({"passphrase": ""}, "passphrase"),
            ({"passphrase": "too short"}, "passphrase"),
            ({"passphrase": "x" * 257}, "passphrase"),
        ],
    )
    def test_bad_input_is_said_beside_the_field(self, wallet: Wallet, change: dict[str, str], field: str) -> None:
        data = {"name": NAME, "email": EMAIL, "passphrase": PASSPHRASE} | change
        answer = wallet.browser().post("/fr/sign-up", data)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text

    def test_everything_that_is_wrong_is_said_at_once(self, wallet: Wallet) -> None:
        answer = wallet.browser().post("/fr/sign-up", {"name": "", "email": "", "passphrase": ""})
        assert re.findall(r'href="#(name|email|passphrase)"', answer.text) == ["name", "email", "passphrase"]
        assert answer.text.count('class="errsum"') == 1

    def test_I_INJ_1_names_are_shown_as_typed(self, wallet: Wallet) -> None:
        name = "{{ 7*7 }} <b>Éloïse</b> '; DROP TABLE learner; --"
        page = wallet.learner(name=name).page("/fr/")
        assert "{{ 7*7 }} &lt;b&gt;Éloïse&lt;/b&gt;" in page


class TestSigningIn:
    def test_W_AUT_1_wrong_address_and_wrong_passphrase_answer_alike(self, wallet: Wallet) -> None:
        wallet.browser().sign_up()
        browser = wallet.browser()
        wrong = browser.sign_in(passphrase="not my passphrase")
        unknown = browser.sign_in(email="nobody@example.org")
        assert wrong.status_code == unknown.status_code == 422
        assert wrong.text.replace(EMAIL, "nobody@example.org") == unknown.text

    @pytest.mark.usefixtures("real_cost")
    def test_W_AUT_1_and_take_equal_time(self, wallet: Wallet) -> None:
        wallet.browser().sign_up()
        browser = wallet.browser()

        def seconds(email: str) -> float:
            wallet.clock.advance(hours=1)
            started = time.process_time()
            browser.sign_in(email=email, passphrase="not my passphrase")
            return time.process_time() - started

        pairs = [(seconds(EMAIL), seconds("nobody@example.org")) for _ in range(9)]
        known, unknown = (statistics.median(column) for column in zip(*pairs, strict=True))
        assert abs(known - unknown) < max(0.03, 0.3 * unknown)  # the machine of a test run is noisier than 10 ms

    def test_W_AUT_1_guessing_is_slowed_down_per_account(self, wallet: Wallet) -> None:
        wallet.browser().sign_up()
        browser = wallet.browser()
        answers = [browser.sign_in(passphrase="not my passphrase").status_code for _ in range(11)]
        assert answers == [422] * 10 + [429]
        refused = browser.sign_in()
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) <= 900
        wallet.clock.advance(minutes=16)
        assert browser.sign_in().url.path == "/fr/"

    def test_W_AUT_1_spraying_is_slowed_down_per_address(self, wallet: Wallet) -> None:
        browser = wallet.browser()
        answers = [browser.sign_in(email=f"n{i}@example.org").status_code for i in range(61)]
        assert answers[-2:] == [422, 429]

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/fr//evil.example",
            "javascript:alert(1)",
            "/x",
        ],
    )
    def test_a_sign_in_leads_only_to_our_own_pages(self, wallet: Wallet, target: str) -> None:
        wallet.browser().sign_up()
        answer = wallet.browser().post("/fr/sign-in", {"email": EMAIL, "passphrase": PASSPHRASE, "next": target})
        assert str(answer.url) == f"{PUBLIC_URL}/fr/"

    def test_a_session_ends_by_itself_and_by_signing_out(self, wallet: Wallet) -> None:
        browser = wallet.learner()
        wallet.clock.advance(hours=13)
        assert browser.get("/fr/account").url.path == "/fr/sign-in"
        browser.sign_in()
        token = browser.client.cookies["wallet_session"]
        browser.post("/fr/sign-out")
        with wallet.app.state.database.reading() as session:
            assert signed_in(session, token, now=wallet.clock()) is None

    def test_pages_of_a_learner_lead_a_visitor_to_the_sign_in(self, wallet: Wallet) -> None:
        visitor = wallet.browser()
        for path in ("/fr/add", "/fr/shares", "/fr/present", "/fr/account", "/fr/credentials/x", "/fr/requests/x"):
            assert visitor.get(path).url.path == "/fr/sign-in"


class TestOtherSites:
    FORMS = ("/fr/sign-out", "/fr/shares/new", "/fr/account/delete", "/fr/add", "/fr/offer", "/fr/present")

    @pytest.mark.parametrize("path", FORMS)
    def test_W_WEB_1_a_form_of_another_site_is_refused(self, wallet: Wallet, path: str) -> None:
        browser = wallet.learner()
        for headers, data in (
            ({"origin": "https://evil.example"}, {"csrf_token": browser.token()}),
            ({"origin": "null"}, {"csrf_token": browser.token()}),
            ({"origin": PUBLIC_URL, "sec-fetch-site": "cross-site"}, {"csrf_token": browser.token()}),
            ({"origin": PUBLIC_URL}, {}),
            ({"origin": PUBLIC_URL}, {"csrf_token": "0" * 64}),
        ):
            assert browser.client.post(path, data=data, headers=headers).status_code == 403

    def test_W_WEB_1_cookies_and_headers(self, wallet: Wallet) -> None:
        browser = wallet.learner()
        response = browser.client.post(
            "/fr/sign-in",
            data={"csrf_token": browser.token(), "email": EMAIL, "passphrase": PASSPHRASE},
            headers={"origin": PUBLIC_URL},
            follow_redirects=False,
        )
        cookie = response.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        page = browser.get("/fr/")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"

    def test_W_WEB_1_looking_changes_nothing(self, wallet: Wallet) -> None:
        browser = wallet.learner()
        wallet_before = database_dump(wallet)
        for path in ("/fr/", "/fr/add", "/fr/shares/new", "/fr/account", "/fr/sign-out", "/fr/account/delete"):
            browser.get(path)
        browser.get("/fr/offer?" + wallet.town.college.offer().partition("?")[2])
        browser.get("/fr/present?" + wallet.town.employer.ask().partition("?")[2])
        assert database_dump(wallet) == wallet_before


class TestTheHolderKey:
    def test_W_KEY_1_is_in_no_answer_file_log_or_table(
        self, wallet: Wallet, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        browser = wallet.learner()
        page = browser.receive(wallet.town.college.offer())
        browser.post("/fr/present", {"link": wallet.town.employer.ask()})
        answers = [browser.get(path).content for path in ("/fr/", page.url.path, "/fr/account", "/fr/shares")]
        answers.append(browser.get(f"{page.url.path}/download").content)
        answers.append(unzipped(browser.get("/fr/account/export").content))
        said = capfd.readouterr()
        places = [*answers, caplog.text.encode(), said.out.encode(), said.err.encode(), *files(wallet.folder)]
        for form in spellings(holder_key(wallet, browser.client)):
            assert not any(form in place for place in places)

    def test_W_KEY_1_the_database_alone_opens_nothing(self, wallet: Wallet) -> None:
        browser = wallet.learner()
        browser.receive(wallet.town.college.offer())
        everything = b"".join(files(wallet.folder))
        for secret in ("Data analysis 101", PASSPHRASE, browser.client.cookies["wallet_session"]):
            assert secret.encode() not in everything

    def test_another_learners_session_opens_nothing_of_mine(self, wallet: Wallet) -> None:
        mine = wallet.learner()
        page = mine.receive(wallet.town.college.offer())
        other = wallet.learner("other@example.org", "Autre")
        for path in (page.url.path, f"{page.url.path}/download"):
            assert other.get(path).status_code == 404
        for act in ("delete", "restore", "check"):
            assert other.post(f"{page.url.path}/{act}").status_code == 404
        assert mine.get(page.url.path).status_code == 200


class TestTheAccount:
    def test_the_name_can_be_changed(self, wallet: Wallet) -> None:
        browser = wallet.learner()
        browser.post("/fr/account/name", {"name": "  Éloïse   B. "})
        assert "<bdi>Éloïse B.</bdi>" in browser.page("/fr/")
        assert browser.post("/fr/account/name", {"name": ""}).status_code == 422

    def test_a_new_passphrase_opens_the_same_passport_and_closes_other_browsers(self, wallet: Wallet) -> None:
        browser, other = wallet.learner(), wallet.browser()
        browser.receive(wallet.town.college.offer())
        other.sign_in()
        assert (
            browser.post("/fr/account/passphrase", {"old": "wrong", "new": "a new phrase of mine"}).status_code == 422
        )
        assert browser.post("/fr/account/passphrase", {"old": PASSPHRASE, "new": "short"}).status_code == 422
        assert (
            browser.post("/fr/account/passphrase", {"old": PASSPHRASE, "new": "a new phrase of mine"}).status_code
            == 200
        )
        assert other.get("/fr/account").url.path == "/fr/sign-in"
        assert other.sign_in().status_code == 422
        assert other.sign_in(passphrase="a new phrase of mine").url.path == "/fr/"
        assert "Data analysis 101 (fr)" in other.page("/fr/")

    def test_everything_can_be_taken_away(self, wallet: Wallet) -> None:
        browser = wallet.learner()
        browser.receive(wallet.town.college.offer())
        response = browser.get("/fr/account/export")
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            listing = json.loads(archive.read("passport.json"))
            [entry] = listing["credentials"]
            document = json.loads(archive.read(entry["file"]))
            recognitions = json.loads(archive.read("recognitions/001.json"))
        assert recognitions == wallet.town.world.institution.recognitions
        assert document == wallet.town.college.issued[0]
        assert wallet.town.world.verify(document).verified
        assert response.headers["cache-control"] == "no-store"

    def test_everything_can_be_deleted(self, wallet: Wallet) -> None:
        browser = wallet.learner()
        browser.receive(wallet.town.college.offer())
        assert browser.post("/fr/account/delete", {"confirm": "wrong"}).status_code == 422
        assert browser.post("/fr/account/delete", {"confirm": PASSPHRASE}).url.path == "/fr/sign-in"
        assert all(not rows for table, rows in database_dump(wallet).items() if table != "attempt")


def holder_key(wallet: Wallet, client: TestClient) -> PrivateKey:
    with wallet.app.state.database.reading() as session:
        who = signed_in(session, client.cookies["wallet_session"], now=wallet.clock())
        assert who is not None
        return who.holder_key()


def spellings(key: PrivateKey) -> list[bytes]:
    raw = key.raw
    return [
        raw,
        raw.hex().encode(),
        base64.b64encode(raw).rstrip(b"="),
        base64.urlsafe_b64encode(raw).rstrip(b"="),
        key.secret_multikey.encode(),
        json.dumps(base64.b64encode(raw).decode()).encode(),
    ]


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def unzipped(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def database_dump(wallet: Wallet) -> dict[str, list[tuple[object, ...]]]:
    with wallet.app.state.database.engine.connect() as connection:
        tables = METADATA.sorted_tables
        return {table.name: [tuple(row) for row in connection.execute(table.select())] for table in tables}


def test_the_tables_hold_only_what_is_needed_in_clear() -> None:
    in_clear = {name for name in Learner.model_fields if not name.startswith("sealed_")}
    assert in_clear == {"id", "email", "name", "passphrase_hash", "salt", "holder", "created_at"}
    in_clear = {name for name in LearnerSession.model_fields if not name.startswith("sealed_")}
    assert in_clear == {"token_digest", "learner_id", "created_at", "expires_at"}
