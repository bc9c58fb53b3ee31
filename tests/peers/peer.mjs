/**
 * Somebody else's verifier and issuer: Digital Bazaar's libraries, with nothing of ours but documents.
 *
 * Usage: node peer.mjs COMMAND < request.json > answer.json
 *
 *   verify-credential    {credential, documents, now}                     -> {verified, errors}
 *   verify-presentation  {presentation, challenge, domain, documents}     -> {verified, errors}
 *   issue                {credential, documents, suite, curve, mandatory} -> {credential, did}
 *   derive               {credential, documents, selective}               -> {credential}
 *   present              {credential, challenge, domain, documents}       -> {presentation, did}
 *
 * `suite` is a cryptosuite by name, eddsa-rdfc-2022 if left out; `curve` is P-256 or P-384, for the ECDSA suites;
 * `mandatory` and `selective` are JSON pointers, for ecdsa-sd-2023.
 *
 * `documents` maps addresses to JSON: contexts, DID documents, status lists. Anything else is not there;
 * a did:key is resolved from its own text, since that is the whole method.
 */
import * as ecdsaJcs2019 from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ecdsaSd2023 from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as eddsaJcs2022 from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as ecdsaRdfc2019} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {loaderFor} from './documents.mjs';
import {text} from 'node:stream/consumers';

/** What makes the signing and the verifying half of each suite. */
const SUITES = {
  'eddsa-rdfc-2022': {sign: () => eddsaRdfc2022, verify: () => eddsaRdfc2022},
  'eddsa-jcs-2022': {sign: eddsaJcs2022.createSignCryptosuite, verify: eddsaJcs2022.createVerifyCryptosuite},
  'ecdsa-rdfc-2019': {sign: () => ecdsaRdfc2019, verify: () => ecdsaRdfc2019},
  'ecdsa-jcs-2019': {sign: ecdsaJcs2019.createSignCryptosuite, verify: ecdsaJcs2019.createVerifyCryptosuite},
  'ecdsa-sd-2023': {sign: ecdsaSd2023.createSignCryptosuite, verify: ecdsaSd2023.createVerifyCryptosuite}
};

const request = JSON.parse(await text(process.stdin));
const documentLoader = loaderFor(request.documents);
const command = process.argv[2];
const commands = {
  'verify-credential': verifyCredential,
  'verify-presentation': verifyPresentation,
  issue,
  derive,
  present
};
process.stdout.write(JSON.stringify(await commands[command](request)));

async function verifyCredential({credential, now}) {
  const answer = await vc.verifyCredential({
    credential, now, documentLoader, suite: verifyingSuites(), checkStatus: notSet
  });
  return {verified: answer.verified, errors: sentences(answer.error ?? answer.statusResult?.error)};
}

async function verifyPresentation({presentation, challenge, domain, now}) {
  const answer = await vc.verify({
    presentation, challenge, domain, now, documentLoader, suite: verifyingSuites(), checkStatus: notSet
  });
  return {verified: answer.verified, errors: sentences(answer.error)};
}

async function issue({credential, ...how}) {
  const {did, suite} = await newSigner(how);
  const unsigned = {...credential, issuer: did};
  return {did, credential: await vc.issue({credential: unsigned, suite, documentLoader})};
}

async function derive({credential, selective}) {
  const cryptosuite = ecdsaSd2023.createDiscloseCryptosuite({selectivePointers: selective});
  const suite = new DataIntegrityProof({cryptosuite});
  return {credential: await vc.derive({verifiableCredential: credential, suite, documentLoader})};
}

async function present({credential, challenge, domain}) {
  const {did, suite} = await newSigner();
  const presentation = vc.createPresentation({verifiableCredential: [credential], holder: did});
  return {
    did,
    presentation: await vc.signPresentation({presentation, suite, challenge, domain, documentLoader})
  };
}

/** The library reads the bit; that a set bit means "no" is its caller's part. */
async function notSet(options) {
  const answer = await checkStatus({...options, verifyBitstringStatusListCredential: true});
  const set = answer.results?.filter(({status}) => status).map(({credentialStatus}) => credentialStatus);
  return set?.length ? {verified: false, error: new Error(`set: ${set[0].statusPurpose}`)} : answer;
}

function verifyingSuites() {
  return Object.values(SUITES).map(({verify}) => new DataIntegrityProof({cryptosuite: verify()}));
}

async function newSigner({suite = 'eddsa-rdfc-2022', curve, mandatory} = {}) {
  const pair = await (curve ? EcdsaMultikey.generate({curve}) : Ed25519Multikey.generate());
  const {publicKeyMultibase} = await pair.export({publicKey: true});
  const did = `did:key:${publicKeyMultibase}`;
  const signer = {...pair.signer(), id: `${did}#${publicKeyMultibase}`};
  const cryptosuite = SUITES[suite].sign({mandatoryPointers: mandatory});
  return {did, suite: new DataIntegrityProof({signer, cryptosuite})};
}

function sentences(error) {
  return error ? [error, ...(error.errors ?? [])].map(({name, message}) => `${name}: ${message}`) : [];
}
