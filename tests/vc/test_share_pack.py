"""Share packs: what one file can prove without a network, and what it cannot, however it was made up."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from keys import KeyType, PrivateKey
from keys.dids import PublishedKey, did_key, did_web
from keys.fetching import Fetched, Fetcher, NoNetwork
from keys.multibase import encode_base64url
from tests.packs import COLLEGE, both, committee_only, judged, pack_of
from tests.world import ACCEPTED, Party, World, moment
from vc import recognition, share_pack
from vc.findings import Headline, Verdict
from vc.policy import PUBLIC, Anchors
from vc.share_pack import NotASharePack, PackReport

Content = dict[str, Any]


# --- what a pack proves ---


def test_a_pack_is_checked_without_network_as_of_its_time() -> None:
    world = World()
    answer = judged(world, pack_of(world, world.issue()), days=9)
    assert answer.report.headline is Headline.VALID_HOLDER_UNCONFIRMED
    assert answer.report.verdict is Verdict.VALID
    assert answer.made == world.now - timedelta(seconds=5)
    assert answer.as_of == world.now - timedelta(minutes=5), "the list's own date, which is earlier"


def test_keys_are_never_taken_from_a_pack() -> None:
    world = World()
    answer = judged(world, pack_of(world, world.issue()), NoNetwork())
    assert answer.report.verdict is Verdict.UNDECIDED
    assert answer.report.headline is Headline.INCOMPLETE


def test_an_authority_that_fixes_the_institutions_document_vouches_for_its_keys() -> None:
    world = World(accredited=False)
    vouching_recognition(world)
    data = pack_of(world, world.issue())
    assert judged(world, data, committee_only(world)).report.verdict is Verdict.VALID
    assert judged(world, data, NoNetwork()).report.verdict is Verdict.UNDECIDED


def test_identifiers_that_are_keys_need_nobody() -> None:
    world = World(accredited=False)
    for one in (world.institution, world.authority):
        one.did = did_key.did_for(one.key.public)
        one.verification_method = did_key.verification_method_for(one.key.public)
    world.anchors = Anchors.of(*(type(a)(world.authority.did, a.names, a.territory) for a in world.anchors.authorities))
    world.accredit()
    answer = judged(world, pack_of(world, world.issue()), NoNetwork())
    assert answer.report.verdict is Verdict.VALID


def test_a_list_that_revokes_is_believed() -> None:
    world = World()
    credential = world.issue()
    world.revoke(credential)
    assert judged(world, pack_of(world, credential)).report.headline is Headline.REVOKED


def test_a_revocation_after_the_pack_is_not_known_and_the_date_says_so() -> None:
    world = World()
    credential = world.issue()
    data = pack_of(world, credential)
    world.revoke(credential)
    answer = judged(world, data, days=3)
    assert answer.report.verdict is Verdict.VALID
    assert answer.as_of is not None
    assert answer.as_of < world.now


def test_V_TIM_an_expiry_since_is_known_by_the_clock_alone() -> None:
    world = World()
    data = pack_of(world, world.issue(valid_until="2026-12-01"), world.issue())
    assert judged(world, data, days=1).report.verdict is Verdict.VALID
    later = judged(world, data, days=20).report
    assert [one.headline for one in later.credentials] == [Headline.EXPIRED, Headline.VALID_HOLDER_UNCONFIRMED]
    assert later.verdict is Verdict.NOT_VALID


def test_a_withdrawal_in_the_pack_is_told() -> None:
    world = World()
    world.withdraw_accreditation(at="2026-11-01")
    answer = judged(world, pack_of(world, world.issue(), stapled=world.institution.recognitions[1:]))
    [report] = answer.report.credentials
    assert [one.today for one in report.recognition.answers] == [recognition.Standing.WITHDRAWN]
    assert report.verdict is Verdict.VALID, "it held on the day of completion"


def online(world: World, data: bytes) -> PackReport:
    return share_pack.verify_online(
        share_pack.read(data),
        anchors=world.anchors,
        policy=PUBLIC,
        accepted_suites=ACCEPTED,
        fetcher=world.net,
        now=world.now,
    )


def test_where_there_is_a_network_the_answer_is_of_today() -> None:
    world = World()
    credential = world.issue()
    data = pack_of(world, credential)
    assert online(world, data).report.verdict is Verdict.VALID
    world.revoke(credential)
    answer = online(world, data)
    assert answer.report.headline is Headline.REVOKED
    assert answer.as_of is None


@pytest.mark.parametrize("silent", ["status", "whois"])
def test_what_the_network_leaves_open_the_pack_answers_as_of_its_time(silent: str) -> None:
    world = World()
    data = pack_of(world, world.issue())
    world.unreachable(silent)
    answer = online(world, data)
    assert answer.report.verdict is Verdict.VALID
    assert (answer.as_of is None) is (silent == "whois"), "recognitions are in the presentation itself"


def test_what_nobody_knows_stays_open() -> None:
    world = World()
    data = pack_of(world, world.issue())
    world.unreachable("northern-college")
    answer = online(world, data)
    assert answer.report.verdict is Verdict.UNDECIDED
    assert answer.as_of is None


# --- hostile packs: none of them is a yes ---


def impostor(world: World) -> Party:
    """Somebody who says to be the college, with another key."""
    did = world.institution.did
    key = PrivateKey.generate(KeyType.ED25519)
    return Party("impostor", did, key, f"{did}#{key.public.multikey}")


def put(content: Content, url: str, body: Any) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    content["documents"] = [one for one in content["documents"] if one["url"] != url]
    content["documents"].append({"url": url, "mediaType": "application/vc", "body": text})


def a_forged_identifier_document(world: World, content: Content) -> None:
    forger = impostor(world)
    put(content, COLLEGE, did_web.document(forger.did, methods=[PublishedKey(forger.key.public)]))
    content["presentation"] = present(world, forger.sign(world.draft(), created=world.now - timedelta(days=1)))


def a_forged_document_first_asked_for_as_a_list(world: World, content: Content) -> None:
    """One credential has the forged document fetched as its status list, another needs it as keys."""
    forger = impostor(world)
    document = did_web.document(forger.did, methods=[PublishedKey(forger.key.public)])
    put(content, COLLEGE, {**document, "type": "BitstringStatusListCredential", "validFrom": "2026-11-22T11:00:00Z"})
    stranger = world.learner("stranger")
    entry = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "5",
        "statusListCredential": COLLEGE,
    }
    bait = stranger.sign(
        {**world.draft(), "issuer": stranger.did, "credentialStatus": [entry]}, created=world.now - timedelta(days=1)
    )
    forged = forger.sign(world.draft(), created=world.now - timedelta(days=1))
    content["presentation"] = present(world, bait, forged)


def an_older_list_under_a_newer_pack(world: World, content: Content) -> None:
    credential = content["presentation"]["verifiableCredential"][0]
    world.now += timedelta(days=2)
    content["presentation"] = present(world, credential)


def a_list_signed_by_another(world: World, content: Content) -> None:
    url = world.institution.list_url("revocation")
    world.serve_list(world.institution, "revocation", signer=impostor(world))
    put(content, url, world.net.pages[url]().decode())


def a_list_without_a_date(world: World, content: Content) -> None:
    url = world.institution.list_url("revocation")
    listed = json.loads(world.net.pages[url]())
    unsigned = {name: value for name, value in listed.items() if name not in ("proof", "validFrom")}
    signed = world.sign(unsigned, created=world.now)
    del signed["proof"]["created"]
    put(content, url, signed)


def a_bomb_in_a_list(world: World, content: Content) -> None:
    packed = gzip.compress(bytes(64 * 1024 * 1024))
    url = world.institution.list_url("revocation")
    world.serve_list(world.institution, "revocation", credentialSubject={"encodedList": "u" + encode_base64url(packed)})
    put(content, url, world.net.pages[url]().decode())


def no_lists_at_all(_world: World, content: Content) -> None:
    content["documents"] = []


def a_recognition_of_another_institution(world: World, content: Content) -> None:
    other = world.accredit(of="Southern College")
    content["presentation"] = present(world, world.issue(), stapled=[other])


def a_recognition_of_another_programme(world: World, content: Content) -> None:
    other = world.accredit("Welding 1", publish=False)
    content["presentation"] = present(world, world.issue(), stapled=[other])


def a_recognition_by_nobody_known(world: World, content: Content) -> None:
    own = world.accredit(by="Fake committee", publish=False)
    content["presentation"] = present(world, world.issue(), stapled=[own])


def a_recognition_that_was_altered(world: World, content: Content) -> None:
    other = {**world.accredit(until="2026-01-01", publish=False), "validUntil": "2030-01-01T00:00:00Z"}
    content["presentation"] = present(world, world.issue(), stapled=[other])


def somebody_elses_credential(world: World, content: Content) -> None:
    content["presentation"] = present(world, world.issue(learner="somebody else"))


def a_presentation_made_for_an_employer(world: World, content: Content) -> None:
    content["presentation"] = world.present(world.issue(), *world.institution.recognitions)


def a_presentation_that_another_signed(world: World, content: Content) -> None:
    signed = world.present(world.issue(), learner="thief", domain=share_pack.DOMAIN)
    content["presentation"] = {**signed, "holder": world.learner().did}


def a_time_that_was_set_forward(world: World, content: Content) -> None:
    content["presentation"]["proof"]["created"] = "2026-11-22T12:30:00Z"


def a_pack_from_the_future(world: World, content: Content) -> None:
    credential, today = world.issue(), world.now
    world.now += timedelta(days=30)
    content["presentation"] = present(world, credential)
    world.now = today


def a_credential_that_was_altered(world: World, content: Content) -> None:
    content["presentation"] = present(world, {**world.issue(), "name": "Medicine"})


def a_document_vouched_for_by_nobody_known(world: World, content: Content) -> None:
    forger = impostor(world)
    document = json.dumps(did_web.document(forger.did, methods=[PublishedKey(forger.key.public)]))
    world.institution.recognitions.clear()
    fake = vouching_recognition(world, by="Fake committee", document=document.encode())
    put(content, COLLEGE, document)
    forged = forger.sign(world.draft(), created=world.now - timedelta(days=1))
    content["presentation"] = present(world, forged, stapled=[fake])


def a_document_other_than_the_one_vouched_for(world: World, content: Content) -> None:
    world.institution.recognitions.clear()
    vouching_recognition(world)
    a_forged_identifier_document(world, content)
    forged = content["presentation"]["verifiableCredential"][0]
    content["presentation"] = present(world, forged, stapled=world.institution.recognitions)


def present(world: World, *credentials: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    stapled = options.pop("stapled", world.institution.recognitions)
    return world.present(*credentials, *stapled, domain=share_pack.DOMAIN, **options)


def vouching_recognition(
    world: World, *, by: str = "Talent committee", document: bytes | None = None
) -> dict[str, Any]:
    """A recognition that also fixes the institution's identifier document by digest."""
    authority, plain = world.organisation(by), world.accredit(by=by, publish=False)
    unsigned = {name: value for name, value in plain.items() if name != "proof"}
    fixed = document or world.net.pages[COLLEGE]()
    unsigned["relatedResource"] = [{"id": COLLEGE, "digestMultibase": recognition.digest_multibase(fixed)}]
    signed = authority.sign(unsigned, created=moment("2025-09-01"))
    world.institution.recognitions.append(signed)
    return signed


def a_recognition_of_no_name(world: World, content: Content) -> None:
    """Not a name that anything could be looked up by: no yes, and no fault of ours (V-JSON-4)."""
    bent = copy.deepcopy(world.everything_published()[0])
    bent["credentialSubject"]["id"] = ["did:web:northern-college.example", {}]
    content["presentation"]["verifiableCredential"].append(bent)


HOSTILE: tuple[Callable[[World, Content], None], ...] = (
    a_forged_identifier_document,
    a_forged_document_first_asked_for_as_a_list,
    an_older_list_under_a_newer_pack,
    a_list_signed_by_another,
    a_list_without_a_date,
    a_bomb_in_a_list,
    no_lists_at_all,
    a_recognition_of_another_institution,
    a_recognition_of_another_programme,
    a_recognition_by_nobody_known,
    a_recognition_that_was_altered,
    a_recognition_of_no_name,
    somebody_elses_credential,
    a_presentation_made_for_an_employer,
    a_presentation_that_another_signed,
    a_time_that_was_set_forward,
    a_pack_from_the_future,
    a_credential_that_was_altered,
    a_document_vouched_for_by_nobody_known,
    a_document_other_than_the_one_vouched_for,
)
KEYS: Mapping[str, Callable[[World], Fetcher]] = {
    "nobody's keys": lambda _: NoNetwork(),
    "the authority's keys": committee_only,
    "all keys": both,
}


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.parametrize("bend", HOSTILE, ids=lambda bend: bend.__name__)
def test_V_PRF_no_hostile_pack_is_a_yes(bend: Callable[[World, Content], None], keys: str) -> None:
    world = World()
    content = json.loads(pack_of(world, world.issue()))
    held = KEYS[keys](world)
    bend(world, content)
    answer = judged(world, json.dumps(content).encode(), held)
    assert answer.report.verdict is not Verdict.VALID, bend.__name__
    assert answer.report.headline not in (Headline.VALID, Headline.VALID_HOLDER_UNCONFIRMED)


def test_a_forged_document_is_not_believed_beside_a_network_that_is_down() -> None:
    world = World()
    content = json.loads(pack_of(world, world.issue()))
    a_forged_identifier_document(world, content)
    world.unreachable("northern-college")
    answer = judged(world, json.dumps(content).encode(), world.net)
    assert answer.report.verdict is Verdict.UNDECIDED


# --- what is no pack ---


def members(content: Content) -> None:
    content["note"] = "more"


def version(content: Content) -> None:
    content["version"] = 2


def unsigned(content: Content) -> None:
    del content["presentation"]["proof"]


def twice(content: Content) -> None:
    content["documents"].append(content["documents"][0])


def too_many(content: Content) -> None:
    content["documents"] = [{"url": f"https://a.example/{n}", "mediaType": "", "body": ""} for n in range(61)]


def too_long(content: Content) -> None:
    content["documents"][0]["body"] = "x" * (share_pack.MAX_DOCUMENT_CHARACTERS + 1)


def no_text(content: Content) -> None:
    content["documents"][0]["body"] = {"a": 1}


def no_list(content: Content) -> None:
    content["documents"] = {}


@pytest.mark.parametrize("bend", [members, version, unsigned, twice, too_many, too_long, no_text, no_list])
def test_V_DOS_what_is_not_a_pack_is_said_before_anything_is_verified(bend: Callable[[Content], None]) -> None:
    world = World()
    content = json.loads(pack_of(world, world.issue()))
    bend(content)
    with pytest.raises(NotASharePack):
        share_pack.read(json.dumps(content).encode())


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"PK\x03\x04", b"{}", b'{"type":"SharePack","type":"SharePack"}', b" " * (5 << 20)]
)
def test_other_files_are_not_packs(data: bytes) -> None:
    assert not share_pack.is_one(data)
    with pytest.raises(NotASharePack):
        share_pack.read(data)


def test_what_would_be_too_large_is_not_made() -> None:
    world = World()
    signed = world.present(world.issue(), domain=share_pack.DOMAIN)
    huge = partial(Fetched, media_type="text/plain", body=b"x" * share_pack.MAX_DOCUMENT_CHARACTERS)
    with pytest.raises(NotASharePack):
        share_pack.build(signed, [huge(f"https://a.example/{n}") for n in range(9)])


def test_documents_that_are_no_text_are_left_out() -> None:
    world = World()
    signed = world.present(world.issue(), domain=share_pack.DOMAIN)
    made = share_pack.read(share_pack.build(signed, [Fetched("https://a.example/x", "image/png", b"\xff\xfe")]))
    assert made.documents == {}
