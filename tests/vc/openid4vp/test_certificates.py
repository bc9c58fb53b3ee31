"""Requests signed in the name of a host: believed by the chain of their certificate, and by nothing else."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import Certificate

from keys import KeyType, PrivateKey
from keys.fetching import NoNetwork
from tests.certificates import CertificateAuthority
from vc import openid4vp as vp
from vc.jose import jws
from vc.openid4vp.certificates import MAX_CHAIN, x5c

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOST = "verifier.example"
CLIENT = f"x509_san_dns:{HOST}"
RESPONSE_URI = f"https://{HOST}:8443/answers/7f3a"


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return PrivateKey.generate(KeyType.P256)


@pytest.fixture(scope="module")
def root() -> CertificateAuthority:
    return CertificateAuthority(NOW)


def request(response_uri: str = RESPONSE_URI) -> vp.AuthorizationRequest:
    query = {"credentials": [vp.ldp_vc_query("badge")]}
    return vp.x509_san_dns_request(host=HOST, response_uri=response_uri, nonce="n" * 43, dcql_query=query)


def forged(key: PrivateKey, header: object, **change: object) -> str:
    claims = {**request().parameters(), "aud": "https://self-issued.me/v2", **change}
    return jws.sign(claims, signer=key, typ=vp.REQUEST_OBJECT_TYPE, header={"x5c": header})


def check(jwt: str, root: CertificateAuthority | None, *, client_id: str = CLIENT) -> vp.AuthorizationRequest:
    trusted = [root.certificate] if root else []
    return vp.check_request_object(jwt, client_id=client_id, fetcher=NoNetwork(), authorities=trusted, now=NOW)


def refused(jwt: str, root: CertificateAuthority | None, **options: str) -> str:
    with pytest.raises(vp.Oid4vpError) as caught:
        check(jwt, root, **options)
    return caught.value.error


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384])
@pytest.mark.parametrize("between", [False, True], ids=["under the root", "with one between"])
def test_there_and_back(root: CertificateAuthority, key_type: KeyType, between: bool) -> None:
    key = PrivateKey.generate(key_type)
    by = CertificateAuthority(NOW, above=root) if between else root
    chain = [by.certify(key, names=("other.example", HOST)), *([by.certificate] if between else [])]
    read = check(request().certified(signer=key, chain=chain, now=NOW), root)
    assert read.authenticated
    assert (read.client_id, read.response_uri) == (CLIENT, RESPONSE_URI)


def test_what_the_certificate_may_be_used_for_is_left_open(key: PrivateKey, root: CertificateAuthority) -> None:
    for usage in ("1.3.6.1.5.5.7.3.2", "1.0.18013.5.1.6"):  # a client's, a reader's
        chain = [root.certify(key, names=(HOST,), usage=usage)]
        assert check(request().certified(signer=key, chain=chain, now=NOW), root).authenticated


class TestForgeries:
    """V-PRF-3: somebody else signs in the host's name."""

    def test_nobody_is_trusted(self, key: PrivateKey, root: CertificateAuthority) -> None:
        chain = [root.certify(key, names=(HOST,))]
        jwt = request().certified(signer=key, chain=chain, now=NOW)
        assert refused(jwt, None) == "invalid_client"
        assert refused(jwt, CertificateAuthority(NOW)) == "invalid_client"

    @pytest.mark.parametrize("names", [(), ("other.example",), (f"sub.{HOST}",), (f"{HOST}.evil.example",)], ids=str)
    def test_a_certificate_of_another_host(
        self, key: PrivateKey, root: CertificateAuthority, names: tuple[str, ...]
    ) -> None:
        assert refused(forged(key, x5c([root.certify(key, names=names)])), root) == "invalid_client"

    def test_a_certificate_whose_time_is_over(self, key: PrivateKey) -> None:
        old = CertificateAuthority(NOW - timedelta(days=31))
        assert refused(forged(key, x5c([old.certify(key, names=(HOST,))])), old) == "invalid_client"

    def test_a_certificate_of_another_key(self, key: PrivateKey, root: CertificateAuthority) -> None:
        other = root.certify(PrivateKey.generate(KeyType.P256), names=(HOST,))
        assert refused(forged(key, x5c([other])), root) == "invalid_request"

    def test_somebody_certified_plays_authority(self, key: PrivateKey, root: CertificateAuthority) -> None:
        host = CertificateAuthority(NOW, above=root, may_certify=False)
        chain = [host.certify(key, names=(HOST,)), host.certificate]
        assert refused(forged(key, x5c(chain)), root) == "invalid_client"

    def test_an_rsa_key(self, key: PrivateKey, root: CertificateAuthority) -> None:
        of_rsa = root.certify(rsa.generate_private_key(65537, 2048), names=(HOST,))
        assert refused(forged(key, x5c([of_rsa])), root) == "invalid_client"

    def test_the_answer_goes_to_another_host(self, key: PrivateKey, root: CertificateAuthority) -> None:
        chain = x5c([root.certify(key, names=(HOST,))])
        for address in ("https://attacker.example/collect", f"https://{HOST}.attacker.example/", "https://[", "x"):
            assert refused(forged(key, chain, response_uri=address), root) == "invalid_client"

    def test_the_link_names_another_host(self, key: PrivateKey, root: CertificateAuthority) -> None:
        jwt = forged(key, x5c([root.certify(key, names=(HOST,))]))
        assert refused(jwt, root, client_id="x509_san_dns:other.example") == "invalid_request"

    @pytest.mark.parametrize("host", ["", "::1", "a_b", "verifier.example:8443", "é.example"])
    def test_a_client_that_is_no_host(self, key: PrivateKey, root: CertificateAuthority, host: str) -> None:
        chain = x5c([root.certify(key, names=(HOST,))])
        client_id = f"x509_san_dns:{host}"
        assert refused(forged(key, chain, client_id=client_id), root, client_id=client_id) == "invalid_client"

    def test_no_chain(self, key: PrivateKey, root: CertificateAuthority) -> None:
        good = x5c([root.certify(key, names=(HOST,))])
        junk = base64.b64encode(b"junk").decode()
        version = base64.b64decode(good[0]).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x2d", 1)
        tomorrows = base64.b64encode(version).decode()
        for header in ([], None, good[0], [junk], [tomorrows], ["*"], [1], ["A" * 20_000], good * (MAX_CHAIN + 1)):
            assert refused(forged(key, header), root) == "invalid_client"


def test_a_verifier_cannot_sign_for_another(key: PrivateKey, root: CertificateAuthority) -> None:
    other: list[Certificate] = [root.certify(PrivateKey.generate(KeyType.P256), names=(HOST,))]
    with pytest.raises(ValueError, match="begins with the certificate of the key"):
        request().certified(signer=key, chain=other, now=NOW)
    with pytest.raises(ValueError, match="host that the certificate names"):
        request("https://attacker.example/answers")
