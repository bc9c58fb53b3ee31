/**
 * Somebody else's issuer and verifier, on one port: OpenID4VCI and OpenID4VP by the OpenWallet Foundation's libraries,
 * credentials and presentations by Digital Bazaar's; nothing of ours but addresses, contexts and a draft.
 *
 * Usage: node counter.mjs, and then line by line, one JSON object each, answered by one line each:
 *
 *   {port, documents, draft, certificate}        first                         -> {did}
 *   {ask: "offer", code, byReference}            an offer of the draft, signed -> {link}
 *   {ask: "request", by, encrypted, method}      a request for one credential  -> {link}
 *   {ask: "told"}                                what wallets said since       -> {received, notices, presented}
 *
 * `by` is address, did or certificate; `certificate` is {x5c, jwk}, the jwk being the private one. `presented` says of
 * each answer whether it came encrypted, and whether the presentation holds: {encrypted, verified, error, subject}.
 */
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as vc from '@digitalbazaar/vc';
import {compactDecrypt, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT} from 'jose';
import {createHash, randomBytes} from 'node:crypto';
import {createInterface} from 'node:readline';
import {createServer} from 'node:http';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {loaderFor} from './documents.mjs';
import {Oauth2AuthorizationServer, setGlobalConfig} from '@openid4vc/oauth2';
import {Openid4vciIssuer} from '@openid4vc/openid4vci';
import {Openid4vpVerifier} from '@openid4vc/openid4vp';
import {text} from 'node:stream/consumers';

setGlobalConfig({allowInsecureUrls: true});

const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const BADGE = [
  'https://www.w3.org/2018/credentials#VerifiableCredential',
  'https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential'
];

const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
const {port, documents, draft, certificate} = await nextLine();
const here = `http://localhost:${port}`;
const documentLoader = loaderFor(documents);
const college = await edwardsSigner();
const asking = await nistSigner();
const callbacks = {
  fetch,
  hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
  generateRandom: length => randomBytes(length),
  signJwt,
  verifyJwt,
  decryptJwe
};
const issuer = new Openid4vciIssuer({callbacks});
const server = new Oauth2AuthorizationServer({callbacks});
const verifier = new Openid4vpVerifier({callbacks});
const codes = new Map();
const nonces = new Set();
const offers = new Map();
const requests = new Map();
let told = {received: [], notices: [], presented: []};

const metadata = issuer.createCredentialIssuerMetadata({
  credential_issuer: here,
  credential_endpoint: `${here}/credential`,
  nonce_endpoint: `${here}/nonce`,
  notification_endpoint: `${here}/notification`,
  display: [{name: 'Elsewhere College', locale: 'en'}],
  credential_configurations_supported: {
    badge: {
      format: 'ldp_vc',
      credential_definition: {'@context': draft['@context'], type: draft.type},
      cryptographic_binding_methods_supported: ['did:key'],
      credential_signing_alg_values_supported: ['eddsa-rdfc-2022'],
      proof_types_supported: {jwt: {proof_signing_alg_values_supported: ['EdDSA', 'ES256']}},
      credential_metadata: {display: [{name: draft.name, locale: 'fr'}]}
    }
  }
});
const serverMetadata = server.createAuthorizationServerMetadata({
  issuer: here,
  token_endpoint: `${here}/token`,
  'pre-authorized_grant_anonymous_access_supported': true,
  token_endpoint_auth_methods_supported: ['none']
});
const issuerMetadata = {
  credentialIssuer: metadata,
  authorizationServers: [serverMetadata],
  knownCredentialConfigurations: issuer.getKnownCredentialConfigurationsSupported(metadata),
  originalDraftVersion: 'V1'
};

const routes = {
  'GET /.well-known/openid-credential-issuer': async () => metadata,
  'GET /.well-known/oauth-authorization-server': async () => serverMetadata,
  'GET /offers': async ({name}) => offers.get(name),
  'POST /token': token,
  'POST /nonce': nonce,
  'POST /credential': credential,
  'POST /notification': async ({body}) => void told.notices.push(JSON.parse(body)),
  'GET /requests': requestObject,
  'POST /requests': requestObject,
  'POST /answers': answered
};
const asked = {offer, request, told: async () => {
  const since = told;
  told = {received: [], notices: [], presented: []};
  return since;
}};

await new Promise(resolve => createServer(serve).listen(port, '127.0.0.1', resolve));
reply({did: college.did});
for await (const line of lines) {
  const {ask, ...how} = JSON.parse(line);
  reply(await asked[ask](how));
}
process.exit();

// --- the issuer ---

async function offer({code, byReference = false}) {
  const preAuthorized = randomBytes(16).toString('base64url');
  codes.set(preAuthorized, code);
  const {credentialOffer, credentialOfferObject} = await issuer.createCredentialOffer({
    issuerMetadata,
    credentialConfigurationIds: ['badge'],
    grants: {[PRE_AUTHORIZED]: {
      'pre-authorized_code': preAuthorized,
      ...(code && {tx_code: {input_mode: 'numeric', length: code.length}})
    }},
    ...(byReference && {credentialOfferUri: `${here}/offers/${preAuthorized}`})
  });
  offers.set(preAuthorized, credentialOfferObject);
  return {link: credentialOffer};
}

async function token({request, body}) {
  const accessTokenRequest = Object.fromEntries(new URLSearchParams(body));
  const parsed = server.parseAccessTokenRequest({accessTokenRequest, request});
  const {preAuthorizedCode} = parsed.grant;
  const {dpop} = await server.verifyPreAuthorizedCodeAccessTokenRequest({
    request,
    accessTokenRequest: parsed.accessTokenRequest,
    grant: parsed.grant,
    authorizationServerMetadata: serverMetadata,
    expectedPreAuthorizedCode: codes.has(preAuthorizedCode) ? preAuthorizedCode : 'another',
    expectedTxCode: codes.get(preAuthorizedCode) ?? undefined
  });
  codes.delete(preAuthorizedCode);
  return server.createAccessTokenResponse({
    audience: here, authorizationServer: here, expiresInSeconds: 300, subject: preAuthorizedCode, dpop,
    signer: {method: 'did', didUrl: asking.method, alg: 'ES256'}
  });
}

async function nonce() {
  const cNonce = randomBytes(16).toString('base64url');
  nonces.add(cNonce);
  return issuer.createNonceResponse({cNonce});
}

async function credential({request, body}) {
  await jwtVerify(request.headers.get('authorization').replace(/^Bearer /, ''), asking.publicKey, {typ: 'at+jwt'});
  const parsed = issuer.parseCredentialRequest({issuerMetadata, credentialRequest: JSON.parse(body)});
  const [jwt] = parsed.proofs.jwt;
  const expectedNonce = [...nonces].find(one => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url')).nonce === one);
  nonces.delete(expectedNonce);
  const {header, signer} = await issuer.verifyCredentialRequestJwtProof({issuerMetadata, expectedNonce, jwt});
  const [holder] = signer.didUrl.split('#');
  told.received.push({holder, typ: header.typ, configuration: parsed.credentialConfigurationId});
  const unsigned = {...draft, issuer: college.did, credentialSubject: {...draft.credentialSubject, id: holder}};
  const signed = await vc.issue({credential: unsigned, suite: college.suite, documentLoader});
  return issuer.createCredentialResponse({
    credentialRequest: parsed, credentials: [{credential: signed}], notificationId: randomBytes(8).toString('hex')
  });
}

// --- the verifier ---

async function request({by, encrypted = false, method}) {
  const name = randomBytes(8).toString('hex');
  const signers = {
    did: {clientId: `decentralized_identifier:${asking.did}`, jwtSigner: {method: 'did', didUrl: asking.method, alg: 'ES256'}},
    certificate: {clientId: 'x509_san_dns:localhost', jwtSigner: {method: 'x5c', x5c: certificate.x5c, alg: 'ES256'}}
  };
  const {clientId = `redirect_uri:${here}/answers/${name}`, jwtSigner} = signers[by] ?? {};
  const {publicKey, privateKey} = await generateKeyPair('ECDH-ES', {crv: 'P-256', extractable: true});
  const key = {...await exportJWK(publicKey), use: 'enc', alg: 'ECDH-ES', kid: name};
  const made = await verifier.createOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: {
      response_type: 'vp_token',
      response_mode: encrypted ? 'direct_post.jwt' : 'direct_post',
      client_id: clientId,
      response_uri: `${here}/answers/${name}`,
      nonce: randomBytes(24).toString('base64url'),
      state: name,
      dcql_query: {credentials: [{id: 'badge', format: 'ldp_vc', meta: {type_values: [BADGE]}}]},
      client_metadata: {
        client_name: 'Elsewhere Works',
        vp_formats_supported: {ldp_vc: {proof_type_values: ['DataIntegrityProof'], cryptosuite_values: ['eddsa-rdfc-2022']}},
        ...(encrypted && {jwks: {keys: [key]}, encrypted_response_enc_values_supported: ['A256GCM']})
      }
    },
    ...(jwtSigner && {jar: {jwtSigner, requestUri: `${here}/requests/${name}`, expiresInSeconds: 300}})
  });
  requests.set(name, {...made, decryption: await exportJWK(privateKey), jwtSigner});
  return {link: made.authorizationRequest + (method ? `&request_uri_method=${method}` : '')};
}

async function requestObject({name, body}) {
  const {authorizationRequestPayload, jwtSigner} = requests.get(name);
  const wallet_nonce = new URLSearchParams(body).get('wallet_nonce') ?? undefined;
  const {jar} = await verifier.createOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: {...authorizationRequestPayload, wallet_nonce}, wallet: {expectedNonce: wallet_nonce},
    jar: {jwtSigner, requestUri: `${here}/requests/${name}`, expiresInSeconds: 300}
  });
  return new Response(jar.authorizationRequestJwt, {headers: {'content-type': 'application/oauth-authz-req+jwt'}});
}

async function answered({name, body}) {
  const {authorizationRequestPayload: payload} = requests.get(name);
  const authorizationResponse = Object.fromEntries(new URLSearchParams(body));
  const parsed = await verifier.parseOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload, authorizationResponse, callbacks
  });
  const [presentation] = parsed.dcql.presentations.badge;
  const {verified, error} = await vc.verify({
    presentation, challenge: payload.nonce, domain: payload.client_id, documentLoader,
    suite: new DataIntegrityProof({cryptosuite})
  });
  told.presented.push({
    verified,
    error: error && [error, ...(error.errors ?? [])].map(({message}) => message),
    encrypted: Boolean(parsed.jarm),
    subject: presentation.verifiableCredential[0].credentialSubject.id
  });
  return {redirect_uri: `${here}/done?response_code=${name}`};
}

// --- keys and tokens ---

async function edwardsSigner() {
  const pair = await Ed25519Multikey.generate();
  const {publicKeyMultibase} = await pair.export({publicKey: true});
  const did = `did:key:${publicKeyMultibase}`;
  const signer = {...pair.signer(), id: `${did}#${publicKeyMultibase}`};
  return {did, suite: new DataIntegrityProof({signer, cryptosuite})};
}

async function nistSigner() {
  const pair = await EcdsaMultikey.generate({curve: 'P-256'});
  const {publicKeyMultibase} = await pair.export({publicKey: true});
  const did = `did:key:${publicKeyMultibase}`;
  const publicKey = await importJWK(await EcdsaMultikey.toJwk({keyPair: pair}), 'ES256');
  const privateKey = await importJWK(await EcdsaMultikey.toJwk({keyPair: pair, secretKey: true}), 'ES256');
  return {did, method: `${did}#${publicKeyMultibase}`, publicKey, privateKey};
}

async function signJwt(signer, {header, payload}) {
  const key = signer.method === 'x5c' ? await importJWK(certificate.jwk, 'ES256') : asking.privateKey;
  const {d: _, ...signerJwk} = signer.method === 'x5c' ? certificate.jwk : await exportJWK(asking.publicKey);
  return {jwt: await new SignJWT(payload).setProtectedHeader(header).sign(key), signerJwk};
}

async function verifyJwt(signer, {compact}) {
  const [did, publicKeyMultibase] = signer.didUrl.split('#');
  const keyPair = await Ed25519Multikey.from({id: signer.didUrl, controller: did, type: 'Multikey', publicKeyMultibase});
  const signerJwk = await Ed25519Multikey.toJwk({keyPair});
  await jwtVerify(compact, await importJWK(signerJwk, signer.alg));
  return {verified: true, signerJwk};
}

async function decryptJwe(jwe) {
  const {kid} = JSON.parse(Buffer.from(jwe.split('.')[0], 'base64url'));
  const {decryption} = requests.get(kid);
  const {plaintext} = await compactDecrypt(jwe, await importJWK(decryption, 'ECDH-ES'));
  return {decrypted: true, decryptionJwk: decryption, payload: new TextDecoder().decode(plaintext)};
}

// --- the wire ---

async function serve(incoming, outgoing) {
  const {pathname} = new URL(incoming.url, here);
  const [, first, name] = pathname.split('/');
  const route = routes[`${incoming.method} /${pathname.startsWith('/.well-known') ? pathname.slice(1) : first}`];
  const answer = route ? await answeredBy(route, incoming, name) : new Response(null, {status: 404});
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
}

async function answeredBy(route, incoming, name) {
  const body = await text(incoming);
  const request = {url: new URL(incoming.url, here).href, method: incoming.method, headers: new Headers(incoming.headers)};
  try {
    const answer = await route({request, body, name});
    return answer instanceof Response ? answer : answer ? Response.json(answer) : new Response(null, {status: 204});
  } catch(error) {
    return Response.json(error.errorResponse ?? {error: 'server_error', error_description: error.stack}, {status: 400});
  }
}

async function nextLine() {
  return JSON.parse((await lines.next()).value);
}

function reply(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
