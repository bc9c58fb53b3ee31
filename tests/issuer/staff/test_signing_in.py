"""Who comes in, and for how long: sessions of people at browsers, keys of an organisation's own systems."""

import re
from collections.abc import Callable
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from issuer.staff import service as staff
from issuer.staff.models import Role
from issuer.staff.service import PER_ACCOUNT, PER_ADDRESS, SESSION_LIFETIME, WINDOW, Scope
from tests.issuer import college as ground
from tests.issuer.college import ACTOR, PASSWORD, College, Visit

SIGN_IN = "/fr/office/sign-in"
SIGN_OUT = "/fr/office/sign-out"
OFFICE = "/fr/office/"
EMAIL = "solveig@college.example"
API = "/api/v1/credentials"


@pytest.fixture
def college(tmp_path: Path) -> College:
    return with_staff(College.open(tmp_path, learners=1))


def with_staff(college: College) -> College:
    """The college, with somebody whose address is known."""
    with college.office.database.unit() as session:
        staff.add_member(
            session,
            organisation=college.organisation,
            email=EMAIL,
            name="Solveig Clairbois",
            role=Role.ADMINISTRATOR,
            password=PASSWORD,
            actor=ACTOR,
            now=college.clock(),
        )
    return college


def enter(visit: Visit, email: str = EMAIL, password: str = PASSWORD, **form: str) -> Response:
    return visit.send(SIGN_IN, email=email, password=password, **form)


def inside(visit: Visit) -> bool:
    """Whether the office opens; who is not signed in is led to the sign-in page and nowhere else."""
    answer = visit.look(OFFICE)
    if answer.status_code == 303:
        assert answer.headers["location"] == f"{SIGN_IN}?next=%2Ffr%2Foffice%2F"
        return False
    assert answer.status_code == 200
    return True


def cookie(answer: Response, name: str) -> "Morsel[str]":
    """The cookie `name` that an answer sets, with its attributes."""
    [line] = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}=")]
    return SimpleCookie(line)[name]


def token_of(visit: Visit, college: College) -> str:
    token: str | None = visit.client.cookies.get(college.office.settings.cookie("session"))
    assert token
    return token


def with_token(college: College, token: str) -> Visit:
    """A browser that sends this session cookie, wherever it has it from."""
    visit = college.visit()
    visit.client.cookies.set(college.office.settings.cookie("session"), token)
    return visit


# --- the password ---


def test_the_right_password_opens_the_office(college: College) -> None:
    visit = college.visit()
    assert not inside(visit)
    answer = enter(visit, email=f"  {EMAIL.upper()} ")
    assert (answer.status_code, answer.headers["location"]) == (303, OFFICE)
    assert inside(visit)
    assert visit.look(SIGN_IN).headers["location"] == OFFICE


def test_W_AUT_1_a_wrong_password_and_an_unknown_address_get_one_answer(college: College) -> None:
    visit = college.visit()
    told = []
    for email, password in ((EMAIL, "not the passphrase"), ("nobody@college.example", PASSWORD), ("", "")):
        answer = enter(visit, email=email, password=password)
        assert answer.status_code == 422
        assert "set-cookie" not in answer.headers
        assert password not in answer.text or not password
        told.append(answer.text.replace(f'value="{email}"', 'value=""'))
        assert not inside(visit)
    assert told[0] == told[1] == told[2]
    assert "Erreur" in told[0]


@pytest.mark.parametrize("password", ["", "x" * 100_000, "mot\u0000de passe", PASSWORD.upper(), f"{PASSWORD} "])
def test_W_AUT_1_what_is_not_quite_the_password_is_not_the_password(college: College, password: str) -> None:
    visit = college.visit()
    assert enter(visit, password=password).status_code == 422
    assert not inside(visit)


def test_W_AUT_1_a_closed_account_opens_nothing_and_its_session_ends_at_once(college: College) -> None:
    visit = college.visit()
    enter(visit)
    other = college.visit(college.organisation, role=Role.ADMINISTRATOR)
    with college.office.database.reading() as session:
        [target] = [one.id for one in staff.team(session, college.organisation) if one.email == EMAIL]
    assert other.send(f"/fr/office/team/{target}/disable", page=OFFICE).status_code == 303
    assert not inside(visit)
    assert enter(college.visit()).status_code == 422
    assert other.send(f"/fr/office/team/{target}/enable", page=OFFICE).status_code == 303
    assert enter(college.visit()).status_code == 303


# --- too many attempts ---


@pytest.mark.parametrize("email", [EMAIL, "nobody@college.example"])
def test_W_AUT_1_an_account_is_closed_for_a_while_after_repeated_failures(college: College, email: str) -> None:
    visit = college.visit()
    for _ in range(PER_ACCOUNT):
        assert enter(visit, email=email, password="a wrong passphrase").status_code == 422
    refused = enter(visit, email=email)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == WINDOW.total_seconds()
    assert not inside(visit)
    college.clock.advance(seconds=WINDOW.total_seconds() - 1)
    again = enter(visit, email=email)
    assert (again.status_code, again.headers["retry-after"]) == (429, "1")
    college.clock.advance(seconds=1)
    assert enter(visit, email=email).status_code == (303 if email == EMAIL else 422)


def test_W_AUT_1_failures_on_one_account_close_no_other(college: College) -> None:
    visit = college.visit()
    for _ in range(PER_ACCOUNT + 1):
        last = enter(visit, email="nobody@college.example", password="a wrong passphrase")
    assert last.status_code == 429
    assert enter(visit).status_code == 303


def test_W_AUT_1_one_address_cannot_try_one_account_after_the_other(college: College) -> None:
    visit = college.visit()
    for number in range(PER_ADDRESS):
        assert enter(visit, email=f"{number}@college.example").status_code == 422
    assert enter(visit).status_code == 429
    assert not inside(visit)


def test_a_success_starts_the_count_afresh(college: College) -> None:
    for _ in range(2):
        visit = college.visit()
        for _ in range(PER_ACCOUNT - 1):
            assert enter(visit, password="a wrong passphrase").status_code == 422
        assert enter(visit).status_code == 303


# --- the session ---


def test_the_cookie_is_for_our_server_only(college: College) -> None:
    set_by = cookie(enter(college.visit()), "issuer_session")
    assert set_by["httponly"]
    assert set_by["samesite"] == "lax"
    assert set_by["path"] == "/"
    assert not set_by["domain"]
    assert not set_by["secure"]  # plain http exists only on this machine's own localhost
    assert int(set_by["max-age"]) == SESSION_LIFETIME.total_seconds()


def test_over_https_every_cookie_is_secure_and_bound_to_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ground, "PUBLIC_URL", "https://passeport.example")
    college = with_staff(College.open(tmp_path, learners=0))
    visit = college.visit()
    shown = visit.look(SIGN_IN)
    answer = enter(visit)
    assert answer.status_code == 303
    for set_by in (cookie(shown, "__Host-issuer_csrf"), cookie(answer, "__Host-issuer_session")):
        assert set_by["secure"]
        assert set_by["httponly"]
        assert set_by["samesite"] == "lax"
        assert set_by["path"] == "/"
        assert not set_by["domain"]
    assert "max-age" in answer.headers["strict-transport-security"]
    assert inside(visit)


@pytest.mark.parametrize("token", ["x", "0" * 64, "' OR 1=1 --", "a" * 5000])
def test_a_session_that_was_made_up_leads_to_the_sign_in_page(college: College, token: str) -> None:
    enter(college.visit())
    assert not inside(with_token(college, token))


def test_signing_in_takes_over_no_session_that_was_there_before(college: College) -> None:
    visit = with_token(college, "planted-by-somebody")
    answer = enter(visit)
    assert cookie(answer, "issuer_session").value != "planted-by-somebody"
    assert not inside(with_token(college, "planted-by-somebody"))


def test_the_database_keeps_no_session_that_could_be_used(college: College) -> None:
    visit = college.visit()
    enter(visit)
    token = token_of(visit, college).encode()
    kept = b"".join(path.read_bytes() for path in college.office.settings.data_dir.glob("passport.sqlite3*"))
    assert EMAIL.encode() in kept
    assert token not in kept
    assert PASSWORD.encode() not in kept


def test_signing_out_ends_the_session_also_for_whoever_copied_the_cookie(college: College) -> None:
    visit, elsewhere = college.visit(), college.visit()
    enter(visit)
    enter(elsewhere)
    copied = token_of(visit, college)
    left = visit.send(SIGN_OUT, page=OFFICE)
    assert (left.status_code, left.headers["location"]) == (303, SIGN_IN)
    assert cookie(left, "issuer_session").value == ""
    assert not inside(visit)
    assert not inside(with_token(college, copied))
    assert inside(elsewhere)


def test_signing_out_everywhere_ends_every_session_of_this_person_and_of_no_other(college: College) -> None:
    visit, elsewhere = college.visit(), college.visit()
    enter(visit)
    enter(elsewhere)
    colleague = college.visit(college.organisation)
    visit.send(SIGN_OUT, page=OFFICE, everywhere="yes")
    assert not inside(elsewhere)
    assert inside(colleague)


def test_a_session_ends_by_itself(college: College) -> None:
    visit = college.visit()
    enter(visit)
    kept = token_of(visit, college)
    college.clock.advance(seconds=(SESSION_LIFETIME - timedelta(seconds=1)).total_seconds())
    assert inside(with_token(college, kept))
    college.clock.advance(seconds=1)
    assert not inside(with_token(college, kept))


@pytest.mark.parametrize(
    ("next_page", "led_to"),
    [
        ("/en/office/programmes?q=a", "/en/office/programmes?q=a"),
        ("https://elsewhere.example/", OFFICE),
        ("//elsewhere.example/", OFFICE),
        ("/fr//elsewhere.example/", OFFICE),
        ("/\\elsewhere.example", OFFICE),
        ("/fr/\r\nset-cookie: a=b", OFFICE),
        ("javascript:alert(1)", OFFICE),
        ("", OFFICE),
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(college: College, next_page: str, led_to: str) -> None:
    answer = enter(college.visit(), next=next_page)
    assert (answer.status_code, answer.headers["location"]) == (303, led_to)


# --- forms from elsewhere ---


def _no_token(_visit: Visit, _stranger: Visit) -> tuple[dict[str, str], dict[str, str]]:
    return {}, {}


def _strangers_token(_visit: Visit, stranger: Visit) -> tuple[dict[str, str], dict[str, str]]:
    return {"csrf_token": _token_on(stranger)}, {}


def _other_origin(visit: Visit, _stranger: Visit) -> tuple[dict[str, str], dict[str, str]]:
    return {"csrf_token": _token_on(visit)}, {"origin": "https://elsewhere.example"}


def _cross_site(visit: Visit, _stranger: Visit) -> tuple[dict[str, str], dict[str, str]]:
    return {"csrf_token": _token_on(visit)}, {"sec-fetch-site": "cross-site"}


def _token_on(visit: Visit) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', visit.look(SIGN_IN).text)
    assert found
    return found[1]


Forgery = Callable[[Visit, Visit], tuple[dict[str, str], dict[str, str]]]


@pytest.mark.parametrize("forged", [_no_token, _strangers_token, _other_origin, _cross_site])
def test_W_WEB_1_a_form_that_is_not_from_our_own_page_signs_nobody_in(college: College, forged: Forgery) -> None:
    visit = college.visit()
    visit.look(SIGN_IN)
    form, headers = forged(visit, college.visit())
    data = {"email": EMAIL, "password": PASSWORD, **form}
    answer = visit.client.post(SIGN_IN, data=data, headers={"accept": "text/html", **headers})
    assert answer.status_code == 403
    assert not inside(visit)
    own = visit.client.post(
        SIGN_IN,
        data={"email": EMAIL, "password": PASSWORD, "csrf_token": _token_on(visit)},
        headers={"origin": ground.PUBLIC_URL, "sec-fetch-site": "same-origin"},
    )
    assert own.status_code == 303
    assert inside(visit)


def test_W_WEB_1_a_form_that_is_not_from_our_own_page_signs_nobody_out(college: College) -> None:
    visit = college.visit(college.organisation)
    assert visit.client.post(SIGN_OUT, headers={"accept": "text/html"}).status_code == 403
    assert inside(visit)


# --- keys of other systems ---


def _with_key(college: College, authorization: str) -> TestClient:
    return TestClient(college.app, base_url=ground.PUBLIC_URL, headers={"authorization": authorization})


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer sp_unknown", "Basic c3BfeDp5", "sp_unknown", "Bearer \u00e9"]
)
def test_an_unknown_key_is_401(college: College, authorization: str) -> None:
    answer = TestClient(college.app).get(API, headers={"authorization": authorization.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["status"] == 401


def test_a_session_is_no_key_and_a_key_is_no_session(college: College) -> None:
    visit = college.visit(college.organisation, role=Role.ADMINISTRATOR)
    token = token_of(visit, college)
    assert visit.client.get(API).status_code == 401
    assert _with_key(college, f"Bearer {token}").get(API).status_code == 401
    secret = str(college.api(*Scope).headers["authorization"]).removeprefix("Bearer ")
    assert not inside(with_token(college, secret))


def test_a_key_is_made_in_the_office_shown_once_and_ended_at_once(college: College) -> None:
    keys = "/fr/office/keys"
    visit = college.visit(college.organisation, role=Role.ADMINISTRATOR)
    assert visit.send(keys, page=keys, name="Système", scopes="").status_code == 422
    assert visit.send(keys, page=keys, name="", scopes=Scope.READ).status_code == 422
    made = visit.send(keys, page=keys, name="Système d’information", scopes=Scope.READ)
    [secret] = set(re.findall(r"sp_[A-Za-z0-9_-]{20,}", made.text))
    assert secret not in visit.look(keys).text
    system = _with_key(college, f"Bearer {secret}")
    assert system.get(API).status_code == 200
    [end] = re.findall(r'action="(/fr/office/keys/[^"]+/revoke)"', visit.look(keys).text)
    assert visit.send(end, page=keys).status_code == 303
    refused = system.get(API)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert "Révoqué" in visit.look(keys).text


CALLS = [
    ("GET", API, Scope.READ),
    ("GET", f"{API}/{{credential}}", Scope.READ),
    ("POST", API, Scope.ISSUE),
    ("POST", f"{API}/{{credential}}/correction", Scope.ISSUE),
    ("POST", f"{API}/{{credential}}/status", Scope.STATUS),
]


@pytest.mark.parametrize(("method", "path", "needed"), CALLS)
def test_a_key_does_what_its_scopes_say_and_no_more(college: College, method: str, path: str, needed: Scope) -> None:
    [outcome] = college.issue()
    address = path.format(credential=outcome.credential)
    body = {"state": "suspended", "reason": "Vérification"} if path.endswith("status") else {}
    without = college.api(*(set(Scope) - {needed})).request(method, address, json=body)
    assert without.status_code == 403
    assert without.headers["content-type"] == "application/problem+json"
    assert needed in without.json()["detail"]
    assert college.credential(outcome).state == "issued"
    allowed = college.api(needed).request(method, address, json=body)
    assert allowed.status_code in (200, 409, 422)  # 409, 422: let in, and then the act itself was not possible


# --- passwords ---

ACCOUNT = "/fr/office/account"
TEAM = "/fr/office/team"
OTHER = "quatre mots tout autres"


def member_id(college: College) -> str:
    with college.office.database.reading() as session:
        return next(one.id for one in staff.team(session, college.organisation) if one.email == EMAIL)


def test_a_new_password_counts_at_once_and_ends_the_other_sessions(college: College) -> None:
    visit, elsewhere = college.visit(), college.visit()
    enter(visit)
    enter(elsewhere)
    done = visit.send(ACCOUNT, page=ACCOUNT, current=PASSWORD, password=OTHER)
    assert (done.status_code, done.headers["location"]) == (303, f"{ACCOUNT}?done=password")
    assert inside(visit)
    assert not inside(elsewhere)
    assert enter(college.visit()).status_code == 422
    assert enter(college.visit(), password=OTHER).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "why"),
    [
        ("pas le bon du tout", OTHER, "Ce n’est pas votre mot de passe actuel."),
        (PASSWORD, "court", "Un mot de passe a au moins 12 caractères"),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(college: College, current: str, new: str, why: str) -> None:
    visit = college.visit()
    enter(visit)
    refused = visit.send(ACCOUNT, page=ACCOUNT, current=current, password=new)
    assert refused.status_code == 422
    assert why in refused.text
    assert enter(college.visit()).status_code == 303


def test_an_open_session_is_no_way_to_try_passwords(college: College) -> None:
    visit = college.visit()
    enter(visit)
    answers = [
        visit.send(ACCOUNT, page=ACCOUNT, current=f"essai {n} essai", password=OTHER).status_code
        for n in range(PER_ACCOUNT)
    ]
    assert answers == [422] * PER_ACCOUNT
    assert visit.send(ACCOUNT, page=ACCOUNT, current=PASSWORD, password=OTHER).status_code == 429


def test_an_administrator_lets_a_colleague_who_forgot_theirs_in_again(college: College) -> None:
    colleague = college.visit()
    enter(colleague)
    administrator = college.visit(college.organisation, role=Role.ADMINISTRATOR)
    form = f"{TEAM}/{member_id(college)}/password"
    short = administrator.send(form, page=form, password="court")
    assert short.status_code == 422
    assert "Un mot de passe a au moins 12 caractères" in short.text
    assert administrator.send(form, page=form, password=OTHER).headers["location"] == TEAM
    assert not inside(colleague)
    assert enter(college.visit(), password=OTHER).status_code == 303


@pytest.mark.parametrize(
    ("given", "field", "why"),
    [
        ({"email": "solveig"}, "email", "Cette adresse courriel est incomplète."),
        ({"email": EMAIL}, "email", "Quelqu’un a déjà cette adresse courriel."),
        ({"name": " "}, "name", "Donnez un nom"),
        ({"password": "court"}, "password", "Un mot de passe a au moins 12 caractères"),
    ],
)
def test_what_is_wrong_with_a_new_person_stands_at_its_field_in_french(
    college: College, given: dict[str, str], field: str, why: str
) -> None:
    visit = college.visit()
    enter(visit)
    page = visit.send(
        TEAM, page=TEAM, **{"email": "aime@college.example", "name": "Aimé", "password": PASSWORD, **given}
    )
    assert page.status_code == 422
    assert f'<a href="#{field}">{why}' in page.text


def test_the_last_administrator_is_told_why_the_account_stays(college: College) -> None:
    visit = college.visit()
    enter(visit)
    refused = visit.send(f"{TEAM}/{member_id(college)}/disable", page=TEAM)
    assert refused.status_code == 409
    assert "Une organisation garde au moins une personne à l’administration." in refused.text
