/**
 * Somebody else's wallet: OpenID4VCI and OpenID4VP by the OpenWallet Foundation's libraries, presentations by Digital
 * Bazaar's; nothing of ours but addresses and contexts.
 *
 * Usage: node wallet.mjs COMMAND < request.json > answer.json
 *
 *   claim     {offer, code}                                      -> {credential, did, key}
 *   present   {request, credential, did, key, documents, trusted} -> {status, clientId, mode}
 *
 * Services on this machine speak plain http; the libraries are told so. did:web of such a service is resolved there.
 * `trusted` holds certificates in PEM, by which a verifier's host is believed.
 */
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {clientAuthenticationAnonymous, setGlobalConfig} from '@openid4vc/oauth2';
import {base64url, CompactEncrypt, importJWK, jwtVerify} from 'jose';
import {createHash, randomBytes, X509Certificate} from 'node:crypto';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {loaderFor} from './documents.mjs';
import {Openid4vciClient} from '@openid4vc/openid4vci';
import {Openid4vpClient} from '@openid4vc/openid4vp';
import {text} from 'node:stream/consumers';

setGlobalConfig({allowInsecureUrls: true});

const ENCRYPTED = {
  encryption: {nonce: ''},
  serverMetadata: {
    authorization_signing_alg_values_supported: [],
    authorization_encryption_alg_values_supported: ['ECDH-ES'],
    authorization_encryption_enc_values_supported: ['A256GCM', 'A128GCM']
  }
};

const request = JSON.parse(await text(process.stdin));
const commands = {claim, present};
process.stdout.write(JSON.stringify(await commands[process.argv[2]](request)));

async function claim({offer, code}) {
  const keyPair = await Ed25519Multikey.generate();
  const did = `did:key:${keyPair.publicKeyMultibase}`;
  const client = new Openid4vciClient({callbacks: callbacks(keyPair)});
  const credentialOffer = await client.resolveCredentialOffer(offer);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
  const {accessTokenResponse} = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer, issuerMetadata, txCode: code
  });
  const {c_nonce: nonce} = await client.requestNonce({issuerMetadata});
  const {jwt} = await client.createCredentialRequestJwtProof({
    issuerMetadata, credentialConfigurationId, nonce, issuedAt: new Date(),
    signer: {method: 'did', didUrl: `${did}#${keyPair.publicKeyMultibase}`, alg: 'EdDSA'}
  });
  const {credentialResponse} = await client.retrieveCredentials({
    issuerMetadata, credentialConfigurationId, proofs: {jwt: [jwt]}, accessToken: accessTokenResponse.access_token
  });
  const key = await keyPair.export({publicKey: true, secretKey: true});
  return {credential: credentialResponse.credentials[0].credential, did, key};
}

async function present({request, credential, did, key, documents, trusted = []}) {
  const keyPair = await Ed25519Multikey.from({...key, id: `${did}#${key.publicKeyMultibase}`, controller: did});
  const client = new Openid4vpClient({callbacks: callbacks(keyPair, trusted)});
  const parsed = client.parseOpenid4vpAuthorizationRequest({authorizationRequest: request});
  const {authorizationRequestPayload: asked} = await client.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: parsed.params
  });
  const presentation = vc.createPresentation({verifiableCredential: [credential], holder: did});
  const suite = new DataIntegrityProof({signer: keyPair.signer(), cryptosuite});
  const signed = await vc.signPresentation({
    presentation, suite, challenge: asked.nonce, domain: asked.client_id, documentLoader: loaderFor(documents)
  });
  const created = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: asked,
    authorizationResponsePayload: {vp_token: {[asked.dcql_query.credentials[0].id]: [signed]}},
    ...(asked.response_mode === 'direct_post.jwt' && {jarm: ENCRYPTED})
  });
  const {response} = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: asked, ...created
  });
  return {status: response.status, clientId: asked.client_id, mode: asked.response_mode};
}

function callbacks(keyPair, trusted = []) {
  return {
    fetch,
    hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
    generateRandom: length => randomBytes(length),
    clientAuthentication: clientAuthenticationAnonymous(),
    signJwt: async (signer, {header, payload}) => {
      const encoded = [header, payload].map(part => base64url.encode(JSON.stringify(part))).join('.');
      const signature = await keyPair.signer().sign({data: new TextEncoder().encode(encoded)});
      return {jwt: `${encoded}.${base64url.encode(signature)}`, signerJwk: await Ed25519Multikey.toJwk({keyPair})};
    },
    verifyJwt: (signer, jwt) => signer.method === 'x5c' ? verifyByChain(signer, jwt, trusted) : verifyByDid(signer, jwt),
    getX509CertificateMetadata: certificate => ({sanDnsNames: namesIn(x509(certificate)), sanUriNames: []}),
    encryptJwe: async ({publicJwk, alg, enc}, data) => {
      const token = new CompactEncrypt(new TextEncoder().encode(data)).setProtectedHeader({alg, enc, kid: publicJwk.kid});
      return {encryptionJwk: publicJwk, jwe: await token.encrypt(await importJWK(publicJwk, alg))};
    },
    decryptJwe: never
  };
}

/** The library looks at the host that the certificate names; the chain above it is its caller's part. */
async function verifyByChain(signer, {compact}, trusted) {
  const chain = [...signer.x5c.map(x509), ...trusted.map(pem => new X509Certificate(pem))];
  if(!chain.slice(1).some(above => chain[0].checkIssued(above) && chain[0].verify(above.publicKey))) {
    throw new Error('nobody trusted issued the certificate');
  }
  await jwtVerify(compact, chain[0].publicKey, {algorithms: [signer.alg]});
  return {verified: true, signerJwk: chain[0].publicKey.export({format: 'jwk'})};
}

function x509(base64) {
  return new X509Certificate(Buffer.from(base64, 'base64'));
}

function namesIn({subjectAltName = ''}) {
  return subjectAltName.split(', ').filter(name => name.startsWith('DNS:')).map(name => name.slice('DNS:'.length));
}

async function verifyByDid(signer, {compact}) {
  const [did] = signer.didUrl.split('#');
  const host = decodeURIComponent(did.slice('did:web:'.length));
  const document = await (await fetch(`http://${host}/.well-known/did.json`)).json();
  const method = document.verificationMethod.find(({id}) => id === signer.didUrl);
  const jwk = await p256Jwk(method.publicKeyMultibase);
  await jwtVerify(compact, await importJWK(jwk, signer.alg));
  return {verified: true, signerJwk: jwk};
}

async function p256Jwk(publicKeyMultibase) {
  const EcdsaMultikey = await import('@digitalbazaar/ecdsa-multikey');
  return EcdsaMultikey.toJwk({keyPair: await EcdsaMultikey.from({
    '@context': 'https://w3id.org/security/multikey/v1', type: 'Multikey', publicKeyMultibase
  })});
}

function never() {
  throw new Error('nothing encrypted comes here');
}
