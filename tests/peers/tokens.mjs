/**
 * Somebody else's tokens: JWTs by jose, SD-JWTs and their status lists by the OpenWallet Foundation's libraries, COSE by
 * Auth0's. Nothing of ours but keys, claims and tokens.
 *
 * Usage: node tokens.mjs COMMAND < request.json > answer.json
 *
 *   new-key         {alg}                                             -> {did, method, jwk, secret}
 *   sign-jwt        {header, payload, secret}                         -> {token}
 *   verify-jwt      {token, jwk, typ, audience}                       -> {verified, payload} or {verified, error}
 *   issue-sd-jwt    {header, payload, frame, secret}                  -> {token}
 *   present-sd-jwt  {token, frame, binding, secret}                   -> {token}
 *   verify-sd-jwt   {token, jwk, typ, audience, nonce, lists}         -> {verified, payload} or {verified, error}
 *   sign-list       {header, payload, values, bits, secret}           -> {token}
 *   read-list       {token, jwk}                                      -> {values}
 *   sign-cose       {header, payload, secret}                         -> {message}
 *   verify-cose     {message, jwk}                                    -> {verified, header, payload} or {verified, error}
 *
 * Keys are JWKs: `secret` signs, `jwk` checks. `frame` says in the libraries' words what can be withheld, or is shown.
 * `binding` holds the claims of a key binding, `lists` status list tokens by address, `message` base64, and the `header` of
 * a COSE message pairs of label and value.
 */
import {createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify} from 'node:crypto';
import {Algorithms, Headers, Sign1} from '@auth0/cose';
import {createHeaderAndPayload, getListFromStatusListJWT, StatusList} from '@sd-jwt/jwt-status-list';
import {base64url, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT} from 'jose';
import {SDJwtInstance} from '@sd-jwt/core';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {text} from 'node:stream/consumers';

const CREDENTIAL = 'dc+sd-jwt';
const ALGORITHMS = {Ed25519: 'EdDSA', 'P-256': 'ES256', 'P-384': 'ES384'};
const HASHES = {'P-256': 'sha256', 'P-384': 'sha384'};

const commands = {
  'new-key': newKey,
  'sign-jwt': signJwt,
  'verify-jwt': request => judged(() => verifyJwt(request)),
  'issue-sd-jwt': issueSdJwt,
  'present-sd-jwt': presentSdJwt,
  'verify-sd-jwt': request => judged(() => verifySdJwt(request)),
  'sign-list': signList,
  'read-list': readList,
  'sign-cose': signCose,
  'verify-cose': request => judged(() => verifyCose(request))
};
const answer = await commands[process.argv[2]](JSON.parse(await text(process.stdin)));
process.stdout.write(JSON.stringify(answer));

async function judged(check) {
  try {
    return {verified: true, ...await check()};
  } catch({name, message}) {
    return {verified: false, error: `${name}: ${message}`};
  }
}

// --- keys ---

async function newKey({alg}) {
  const {publicKey, privateKey} = await generateKeyPair(alg, {extractable: true});
  const jwk = await exportJWK(publicKey);
  const did = `did:jwk:${base64url.encode(JSON.stringify(jwk))}`;
  return {did, method: `${did}#0`, jwk, secret: await exportJWK(privateKey)};
}

function algorithmOf({kty, crv}) {
  return kty === 'RSA' ? 'RS256' : ALGORITHMS[crv];
}

function imported(jwk) {
  return importJWK(jwk, algorithmOf(jwk));
}

function signerWith(secret) {
  const key = {key: createPrivateKey({key: secret, format: 'jwk'}), dsaEncoding: 'ieee-p1363'};
  return data => sign(HASHES[secret.crv], Buffer.from(data), key).toString('base64url');
}

function verifierOf(jwk) {
  const key = {key: createPublicKey({key: jwk, format: 'jwk'}), dsaEncoding: 'ieee-p1363'};
  return (data, signature) => verify(HASHES[jwk.crv], Buffer.from(data), key, Buffer.from(signature, 'base64url'));
}

// --- JWT ---

async function signJwt({header, payload, secret}) {
  const jwt = new SignJWT(payload).setProtectedHeader({alg: algorithmOf(secret), ...header});
  return {token: await jwt.sign(await imported(secret))};
}

async function verifyJwt({token, jwk, typ, audience}) {
  const {payload} = await jwtVerify(token, await imported(jwk), {typ, audience});
  return {payload};
}

// --- SD-JWT ---

function sdJwt({typ, jwk, secret, lists = {}}) {
  const Instance = typ === CREDENTIAL ? SDJwtVcInstance : SDJwtInstance;
  return new Instance({
    hasher: (data, name) => createHash(name.replace('-', '')).update(data).digest(),
    saltGenerator: length => randomBytes(length).toString('base64url'),
    ...(secret && {signer: signerWith(secret), signAlg: algorithmOf(secret)}),
    ...(secret && {kbSigner: signerWith(secret), kbSignAlg: algorithmOf(secret)}),
    ...(jwk && {verifier: verifierOf(jwk)}),
    kbVerifier: (data, signature, {cnf}) => verifierOf(cnf.jwk)(data, signature),
    statusListFetcher: async url => lists[url]
  });
}

async function issueSdJwt({header, payload, frame, secret}) {
  return {token: await sdJwt({typ: header.typ, secret}).issue(payload, frame, {header})};
}

async function presentSdJwt({token, frame, binding, secret}) {
  const kb = binding && {payload: binding};
  return {token: await sdJwt({secret}).present(token, frame, {kb})};
}

/** The library checks signatures, digests, nonce and status; type and audience are its caller's part. */
async function verifySdJwt({token, jwk, typ, audience, nonce, lists}) {
  const {header, payload, kb} = await sdJwt({typ, jwk, lists}).verify(token, {keyBindingNonce: nonce});
  if(header.typ !== typ || kb?.payload.aud !== audience) {
    throw new Error('of another type, or for another audience');
  }
  return {payload};
}

// --- status lists ---

async function signList({header, payload, values, bits, secret}) {
  return signJwt({...createHeaderAndPayload(new StatusList(values, bits), payload, header), secret});
}

async function readList({token, jwk}) {
  await verifyJwt({token, jwk, typ: 'statuslist+jwt'});
  return {values: getListFromStatusListJWT(token).statusList};
}

// --- COSE ---

async function signCose({header, payload, secret}) {
  const labels = header.map(([label, value]) => [label, label === Headers.KeyID ? Buffer.from(value) : value]);
  const protectedHeader = [[Headers.Algorithm, Algorithms[algorithmOf(secret)]], ...labels];
  const content = Buffer.from(JSON.stringify(payload));
  const message = await Sign1.sign(protectedHeader, [], content, await imported(secret));
  return {message: Buffer.from(message.encode()).toString('base64')};
}

async function verifyCose({message, jwk}) {
  const decoded = Sign1.decode(Buffer.from(message, 'base64'));
  await decoded.verify(await imported(jwk), {algorithms: [Algorithms[algorithmOf(jwk)]]});
  const header = [...decoded.protectedHeaders].map(([label, value]) => [
    label, label === Headers.KeyID ? Buffer.from(value).toString() : value
  ]);
  return {header, payload: JSON.parse(Buffer.from(decoded.payload).toString())};
}
