"""The whole ecosystem in memory, bendable in one line.

    world = World()
    credential = world.issue("Data analysis 101", learner="mira")
    assert world.verify(credential).verdict is Verdict.VALID

    world.withdraw_accreditation(at="2026-11-01")
    world.revoke(credential)
    world.unreachable("status")

A `World` has one authority (Talent committee), one institution (Northern College) and one learner (Mira) unless more
are asked for by name. `World.of_chain()` has authorities above the committee: a ministry recognises a council, which
recognises the committee, which recognises the programme; only the ministry is trusted. Nothing is mocked: keys are
real, DID documents and status lists are built and signed when they are fetched, and `verify` is the product's own.
What leaves the engine goes through `world.net`, which serves from memory, counts, and can be told to fail.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any, Literal

from keys import KeyType, PrivateKey
from keys.dids import PublishedKey, did_key, did_web
from keys.fetching import Fetched, FetchError, FetchFailed
from vc import achievement, recognition
from vc.findings import PresentationReport, Report
from vc.policy import PUBLIC, Anchors, Authority, Policy
from vc.proofs import SUITES, data_integrity
from vc.recognition import Conditions
from vc.status import bitstring
from vc.status.bitstring import Bitstring
from vc.verify import verify_credential, verify_presentation

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCEPTED = frozenset(SUITES)
COMPLETED = "2026-10-15"


def moment(text: str | datetime) -> datetime:
    """`2026-10-15`, a full dateTimeStamp, or a datetime as it is."""
    if isinstance(text, datetime):
        return text
    return datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00+00:00")


@lru_cache(maxsize=256)
def key_for(name: str, key_type: KeyType = KeyType.ED25519) -> PrivateKey:
    """A key per name, the same for the length of a test run."""
    return PrivateKey.generate(key_type)


class Net:
    """Everything that can be fetched. `requests` lists what was asked for, in order."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[], bytes]] = {}
        self.failures: dict[str, str] = {}
        self.requests: list[str] = []

    def serve(self, url: str, page: Callable[[], Any] | bytes | Mapping[str, Any]) -> None:
        def body() -> bytes:
            content = page() if callable(page) else page
            return content if isinstance(content, bytes) else json.dumps(content).encode()

        self.pages[url] = body

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 (protocol)
        self.requests.append(url)
        for part, reason in self.failures.items():
            if part in url:
                raise FetchFailed(url, reason)
        if url not in self.pages:
            raise FetchFailed(url, "404")
        body = self.pages[url]()
        if len(body) > max_bytes:
            raise FetchError(url, "too long")
        return Fetched(url, "application/json", body)


@dataclass
class Party:
    """Somebody with an identifier and a key."""

    name: str
    did: str
    key: PrivateKey
    verification_method: str

    def sign(self, document: Mapping[str, Any], *, created: datetime, **options: Any) -> dict[str, Any]:
        options = {"suite": default_suite(self.key), **options}
        return data_integrity.sign(
            dict(document),
            signer=self.key,
            verification_method=options.pop("verification_method", self.verification_method),
            created=created,
            **options,
        )


def default_suite(key: PrivateKey) -> str:
    return "eddsa-rdfc-2022" if key.type is KeyType.ED25519 else "ecdsa-rdfc-2019"


@dataclass
class Organisation(Party):
    """An institution or authority: a did:web with status lists and, for institutions, recognitions."""

    origin: str = ""
    lists: dict[str, Bitstring] = field(default_factory=dict)
    recognitions: list[dict[str, Any]] = field(default_factory=list)
    indexes: Any = field(default_factory=lambda: count(1000, 7))

    def list_url(self, purpose: str) -> str:
        return f"{self.origin}/status/{purpose}"


class World:
    """See the module's text. `now` can be set; everything else is bent through methods."""

    def __init__(self, *, now: datetime = NOW, accredited: bool = True) -> None:
        self.now = now
        self.net = Net()
        self.organisations: dict[str, Organisation] = {}
        self.learners: dict[str, Party] = {}
        self.authority = self.organisation("Talent committee")
        self.institution = self.organisation("Northern College")
        self.anchors = Anchors.of(Authority(self.authority.did, {"en": "Talent committee"}, "CA-QC"))
        self._numbers = count(1)
        self.whois_carries: Literal["own", "chain", "chain and lists"] = "own"
        if accredited:
            self.accredit("Data analysis 101")

    @classmethod
    def of_chain(cls, *, accredited: bool = True, now: datetime = NOW) -> World:
        """Three links, each narrower than the one above: CA, CA-QC, one programme in CA-QC."""
        world = cls(now=now, accredited=False)
        world.whois_carries = "chain"
        world.anchors = world.trusting("Ministry")
        world.recognise("Council", by="Ministry", conditions=Conditions(("CA",), max_depth=1))
        world.recognise("Talent committee", by="Council", conditions=Conditions(("CA-QC",), max_depth=0))
        if accredited:
            world.accredit("Data analysis 101", territory="CA-QC", purposes=("revocation",))
        return world

    def trusting(self, *names: str) -> Anchors:
        """The organisations of these names as anchors."""
        return Anchors.of(*(Authority(self.organisation(name).did, {"en": name}, "CA") for name in names))

    # --- people and organisations -----------------------------------------------------------------

    def organisation(self, name: str) -> Organisation:
        """The organisation called `name`, made on first mention and served at its did:web."""
        if name in self.organisations:
            return self.organisations[name]
        host = name.lower().replace(" ", "-") + ".example"
        did, key = did_web.did_for(f"https://{host}"), key_for(name)
        made = Organisation(name, did, key, f"{did}#{key.public.multikey}", origin=f"https://{host}")
        self.organisations[name] = made
        self.net.serve(f"https://{host}/.well-known/did.json", lambda: self.did_document(made))
        self.net.serve(f"https://{host}/whois.vp", lambda: self.whois(made))
        for purpose in ("revocation", "suspension"):
            self.serve_list(made, purpose)
        return made

    def whois(self, party: Organisation) -> dict[str, Any]:
        """What the organisation serves of recognitions: its own, and what `whois_carries` says besides."""
        served, lists = list(party.recognitions), []
        if self.whois_carries != "own":
            for one in served:  # grows as it goes up
                by = one["issuer"]["id"] if isinstance(one["issuer"], dict) else one["issuer"]
                above = [o for o in self.organisations.values() if o.did == by]
                served += [more for o in above for more in o.recognitions if more not in served]
        if self.whois_carries == "chain and lists":
            urls = {entry["statusListCredential"] for one in served for entry in one.get("credentialStatus", ())}
            lists = [json.loads(self.net.pages[url]()) for url in sorted(urls)]
        return recognition.whois_presentation(served, status_lists=lists)

    def did_document(self, party: Organisation, **options: Any) -> dict[str, Any]:
        return did_web.document(
            party.did,
            methods=[PublishedKey(party.key.public, **options)],
            services=[recognition.whois_service(party.did, f"{party.origin}/whois.vp")],
        )

    def learner(self, name: str = "mira") -> Party:
        """The learner called `name`, with a did:key."""
        if name not in self.learners:
            key = key_for(f"learner {name}")
            did = did_key.did_for(key.public)
            self.learners[name] = Party(name, did, key, did_key.verification_method_for(key.public))
        return self.learners[name]

    # --- status lists -----------------------------------------------------------------------------

    def serve_list(self, owner: Organisation, purpose: str, **changes: Any) -> None:
        """Serve `owner`'s list, signed on each fetch. `changes` replace members of the unsigned list."""
        owner.lists.setdefault(purpose, Bitstring())
        signer = changes.pop("signer", owner)
        url = owner.list_url(purpose)

        def page() -> dict[str, Any]:
            made = bitstring.status_list_credential(
                owner.lists[purpose],
                url=url,
                issuer=owner.did,
                purpose=purpose,
                valid_from=self.now - timedelta(minutes=5),
                valid_until=self.now + timedelta(hours=12),
            )
            subject = {**made["credentialSubject"], **changes.get("credentialSubject", {})}
            document = {**made, **changes, "credentialSubject": subject}
            signed: dict[str, Any] = signer.sign(document, created=self.now - timedelta(minutes=5))
            return signed

        self.net.serve(url, page)

    def status_entries(self, owner: Organisation, *purposes: str) -> list[dict[str, Any]]:
        index = next(owner.indexes)
        return [bitstring.entry(list_url=owner.list_url(p), index=index, purpose=p) for p in purposes]

    def _mark(self, credential: Mapping[str, Any], purpose: str, value: int) -> None:
        for entry in credential["credentialStatus"]:
            if entry["statusPurpose"] == purpose:
                owner = next(
                    o for o in self.organisations.values() if o.list_url(purpose) == entry["statusListCredential"]
                )
                owner.lists[purpose][int(entry["statusListIndex"])] = value

    def revoke(self, credential: Mapping[str, Any]) -> None:
        self._mark(credential, "revocation", 1)

    def suspend(self, credential: Mapping[str, Any]) -> None:
        self._mark(credential, "suspension", 1)

    def reinstate(self, credential: Mapping[str, Any]) -> None:
        self._mark(credential, "suspension", 0)

    def unreachable(self, part: str, reason: str = "no answer") -> None:
        """Every address that contains `part` stops answering."""
        self.net.failures[part] = reason

    # --- accreditation ----------------------------------------------------------------------------

    def programme(
        self, name: str, institution: str = "Northern College", *, tags: tuple[str, ...] = ()
    ) -> achievement.Achievement:
        owner = self.organisation(institution)
        return achievement.Achievement(
            id=f"{owner.origin}/programmes/{name.lower().replace(' ', '-')}",
            name=name,
            description=f"A short programme: {name}.",
            criteria="Attend 45 hours and pass the final project.",
            language="en",
            alignments=(
                achievement.Alignment(
                    "analyse data", "http://data.europa.eu/esco/skill/2b92a5b2", framework="ESCO v1.2"
                ),
            ),
            credits_available=45,
            tags=tags,
        )

    def accredit(
        self,
        programme: str = "Data analysis 101",
        *,
        of: str = "Northern College",
        by: str = "Talent committee",
        since: str = "2025-09-01",
        until: str | None = None,
        publish: bool = True,
        purposes: tuple[str, ...] = ("revocation", "suspension"),
        **more: Any,
    ) -> dict[str, Any]:
        """`by` recognises `programme` of `of`; the decision is published under the institution's DID.

        `more`: conditions, and what else `recognition_credential` takes.
        """
        authority, institution = self.organisation(by), self.organisation(of)
        what = self.programme(programme, of)
        decision = recognition.recognition_credential(
            credential_id=f"{authority.origin}/recognitions/{next(_NUMBERS)}",
            authority=authority.did,
            authority_name=authority.name,
            institution=institution.did,
            institution_name=institution.name,
            programme=what.id,
            programme_name=programme,
            schema_url=f"{authority.origin}/schemas/{programme.lower().replace(' ', '-')}.json",
            valid_from=moment(since),
            valid_until=moment(until) if until else None,
            status=self.status_entries(authority, *purposes),
            **more,
        )
        signed = authority.sign(decision, created=moment(since))
        if publish:
            institution.recognitions.append(signed)
        return signed

    def recognise(
        self,
        of: str,
        *,
        by: str,
        conditions: Conditions = Conditions(),  # noqa: B008 - frozen
        since: str = "2025-01-01",
        until: str | None = None,
        publish: bool = True,
        **more: Any,
    ) -> dict[str, Any]:
        """The authority `by` recognises the authority `of` to recognise others; published under the DID of `of`."""
        above, below = self.organisation(by), self.organisation(of)
        decision = recognition.authority_credential(
            credential_id=f"{above.origin}/recognitions/{next(_NUMBERS)}",
            authority=above.did,
            authority_name=above.name,
            entity=below.did,
            entity_name=below.name,
            conditions=conditions,
            valid_from=moment(since),
            valid_until=moment(until) if until else None,
            status=self.status_entries(above, "revocation"),
            **more,
        )
        signed = above.sign(decision, created=moment(since))
        if publish:
            below.recognitions.append(signed)
        return signed

    def everything_published(self) -> list[dict[str, Any]]:
        """Every recognition that anybody in this world publishes."""
        return [one for organisation in self.organisations.values() for one in organisation.recognitions]

    def publish_nothing(self) -> list[dict[str, Any]]:
        """As above, and take them all down: they come another way from now on."""
        taken = self.everything_published()
        for organisation in self.organisations.values():
            organisation.recognitions = []
        return taken

    def withdraw_accreditation(
        self,
        *,
        at: str,
        of: str = "Northern College",
        reason: recognition.EndReason = "withdrawn",
        publish_end: bool = True,
    ) -> None:
        """End every recognition of `of`: mark the original, and publish the copy that says until when it held."""
        institution = self.organisation(of)
        for original in [one for one in institution.recognitions if "credentialStatus" in one]:
            marked = {entry["statusPurpose"] for entry in original["credentialStatus"]}
            self._mark(original, "suspension" if reason == "suspended" and "suspension" in marked else "revocation", 1)
            authority = next(o for o in self.organisations.values() if o.did == original["issuer"]["id"])
            if publish_end:
                ending = recognition.closed(original, at=moment(at), reason=reason)
                institution.recognitions.append(authority.sign(ending, created=moment(at)))

    # --- issue, present, verify -------------------------------------------------------------------

    def draft(
        self,
        programme: str = "Data analysis 101",
        *,
        issuer: str = "Northern College",
        learner: str = "mira",
        completed: str = COMPLETED,
        valid_until: str | None = None,
        status: bool = True,
        tags: tuple[str, ...] = (),
        **changes: Any,
    ) -> dict[str, Any]:
        """An unsigned badge. `changes` replace top-level members; None removes one. `tags`: those of the programme."""
        institution = self.organisation(issuer)
        document = achievement.open_badge(
            credential_id=f"{institution.origin}/credentials/{next(_NUMBERS)}",
            issuer=institution.did,
            issuer_name=institution.name,
            subject=self.learner(learner).did,
            achievement=self.programme(programme, issuer, tags=tags),
            names={"en": programme, "fr": f"{programme} (fr)"},
            completed=moment(completed),
            valid_from=moment(completed) + timedelta(days=1),
            valid_until=moment(valid_until) if valid_until else None,
            status=self.status_entries(institution, "revocation", "suspension") if status else (),
        )
        merged = {**document, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    def issue(
        self, programme: str = "Data analysis 101", *, sign: Mapping[str, Any] | None = None, **options: Any
    ) -> dict[str, Any]:
        """A signed badge. `sign`: options for the proof (`suite`, `purpose`, …); the rest as `draft`."""
        draft = self.draft(programme, **options)
        return self.sign(draft, issuer=options.get("issuer", "Northern College"), **(sign or {}))

    def sign(self, document: Mapping[str, Any], *, issuer: str = "Northern College", **options: Any) -> dict[str, Any]:
        created = options.pop("created", self.now - timedelta(days=3))
        return self.organisation(issuer).sign(document, created=created, **options)

    def verify(
        self,
        credential: Mapping[str, Any] | str | bytes,
        *,
        policy: Policy = PUBLIC,
        recognitions: Iterable[Mapping[str, Any]] = (),
        **options: Any,
    ) -> Report:
        return verify_credential(
            credential,
            anchors=options.pop("anchors", self.anchors),
            policy=policy,
            accepted_suites=options.pop("accepted_suites", ACCEPTED),
            fetcher=self.net,
            now=options.pop("now", self.now),
            recognitions=recognitions,
            **options,
        )

    def present(
        self,
        *credentials: Mapping[str, Any],
        learner: str = "mira",
        challenge: str | None = "c-1",
        domain: str | None = "https://employer.example",
        holder: str | None = "own",
        sign: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        """A presentation signed by `learner`. `holder`: "own", another identifier, or None to leave it out."""
        person = self.learner(learner)
        document: dict[str, Any] = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "holder": person.did if holder == "own" else holder,
            "verifiableCredential": list(credentials) or None,
            **changes,
        }
        document = {name: value for name, value in document.items() if value is not None}
        options = {"purpose": "authentication", "challenge": challenge, "domain": domain, **(sign or {})}
        return person.sign(document, created=self.now - timedelta(seconds=5), **options)

    def verify_presentation(
        self,
        presentation: Mapping[str, Any] | str | bytes,
        *,
        challenge: str | None = "c-1",
        domain: str | None = "https://employer.example",
        policy: Policy = PUBLIC,
        **options: Any,
    ) -> PresentationReport:
        return verify_presentation(
            presentation,
            challenge=challenge,
            domain=domain,
            anchors=options.pop("anchors", self.anchors),
            policy=policy,
            accepted_suites=options.pop("accepted_suites", ACCEPTED),
            fetcher=self.net,
            now=options.pop("now", self.now),
            **options,
        )


_NUMBERS = count(1)
