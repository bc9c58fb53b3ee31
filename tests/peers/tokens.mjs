/**
 * Somebody else's tokens: JWTs by jose, SD-JWTs and their status lists by the OpenWallet Foundation's libraries.
 * Nothing of ours but keys, claims and tokens.
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
 *   read-list       {token, jwk}                                      -> {verified, values} or {verified, error}
 *
 * Keys are JWKs: `secret` signs, `jwk` checks. `frame` says in the libraries' words what can be withheld, or is shown.
 * `binding` holds the claims of a key binding, `lists` status list tokens by address.
 */
import {createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify} from 'node:crypto';
import {algorithmOf, answer, imported, judged} from './asked.mjs';
import {base64url, exportJWK, generateKeyPair, jwtVerify, SignJWT} from 'jose';
import {createHeaderAndPayload, getListFromStatusListJWT, StatusList} from '@sd-jwt/jwt-status-list';
import {SDJwtInstance} from '@sd-jwt/core';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';

const CREDENTIAL = 'dc+sd-jwt';
const HASHES = {'P-256': 'sha256', 'P-384': 'sha384'};

await answer({
  'new-key': newKey,
  'sign-jwt': signJwt,
  'verify-jwt': judged(verifyJwt),
  'issue-sd-jwt': issueSdJwt,
  'present-sd-jwt': presentSdJwt,
  'verify-sd-jwt': judged(verifySdJwt),
  'sign-list': signList,
  'read-list': judged(readList)
});

// --- keys ---

async function newKey({alg}) {
  const {publicKey, privateKey} = await generateKeyPair(alg, {extractable: true});
  const jwk = await exportJWK(publicKey);
  const did = `did:jwk:${base64url.encode(JSON.stringify(jwk))}`;
  return {did, method: `${did}#0`, jwk, secret: await exportJWK(privateKey)};
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
