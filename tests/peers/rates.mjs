/**
 * How fast Digital Bazaar's libraries sign, derive and verify the credentials they are given, on one core.
 *
 * Usage: node rates.mjs, and then line by line, one JSON object each, answered by one line each:
 *
 *   {unsigned, signed, derived, contexts, now, mandatory, selective}   first: what to work on  -> {ready: true}
 *   {work, milliseconds}                                               then: one turn          -> {perSecond}
 *
 * `work` is a name of the table below. `unsigned` (credentials), `signed` (eddsa-rdfc-2022) and `derived` (ecdsa-sd-2023)
 * are lists, gone through in turns; `mandatory` and `selective` are JSON pointers. Time is this process's own time on
 * the processor. Contexts are marked as never changing, so that the library keeps what it made of them.
 */
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ecdsaSd2023 from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as vc from '@digitalbazaar/vc';
import {createInterface} from 'node:readline';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';

const MULTIKEY_CONTEXT = 'https://w3id.org/security/multikey/v1';
const DID_CONTEXT = 'https://www.w3.org/ns/did/v1';

const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
const given = JSON.parse((await lines.next()).value);
const edwards = await newSigner(await Ed25519Multikey.generate());
const nist = await newSigner(await EcdsaMultikey.generate({curve: 'P-256'}));
const selectivelySigned = await vc.issue({
  credential: {...given.unsigned[0], issuer: nist.did}, suite: signing(nist, selectivelySigning()), documentLoader
});
const work = {
  'sign.eddsa-rdfc-2022': number => issue(number, edwards, cryptosuite),
  'verify.eddsa-rdfc-2022': number => verify(pick(given.signed, number), cryptosuite),
  'sign.ecdsa-sd-2023': number => issue(number, nist, selectivelySigning()),
  'derive.ecdsa-sd-2023': derive,
  'verify.ecdsa-sd-2023': number => verify(pick(given.derived, number), ecdsaSd2023.createVerifyCryptosuite())
};
reply({ready: true});
for await (const line of lines) {
  const {work: name, milliseconds} = JSON.parse(line);
  reply({perSecond: await measured(work[name], milliseconds)});
}

function reply(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function pick(list, number) {
  return list[number % list.length];
}

async function newSigner(pair) {
  const {publicKeyMultibase} = await pair.export({publicKey: true});
  const did = `did:key:${publicKeyMultibase}`;
  return {did, signer: {...pair.signer(), id: `${did}#${publicKeyMultibase}`}};
}

function signing({signer}, suite) {
  return new DataIntegrityProof({signer, cryptosuite: suite});
}

function selectivelySigning() {
  return ecdsaSd2023.createSignCryptosuite({mandatoryPointers: given.mandatory});
}

async function issue(number, key, suite) {
  const credential = {...structuredClone(pick(given.unsigned, number)), issuer: key.did};
  await vc.issue({credential, suite: signing(key, suite), documentLoader, now: given.now});
}

async function derive() {
  const suite = ecdsaSd2023.createDiscloseCryptosuite({selectivePointers: given.selective});
  await vc.derive({
    verifiableCredential: selectivelySigned, suite: new DataIntegrityProof({cryptosuite: suite}), documentLoader
  });
}

async function verify(credential, suite) {
  const answer = await vc.verifyCredential({
    credential, suite: new DataIntegrityProof({cryptosuite: suite}), documentLoader, now: given.now,
    checkStatus: () => ({verified: true})
  });
  if(!answer.verified) {
    throw answer.error;
  }
}

async function measured(run, milliseconds) {
  const start = process.cpuUsage();
  let done = 0;
  let spent = 0;
  while(spent < milliseconds * 1000) {
    await run(done++);
    const {user, system} = process.cpuUsage(start);
    spent = user + system;
  }
  return done / (spent / 1e6);
}

async function documentLoader(url) {
  const document = given.contexts[url] ?? didKeyDocument(url);
  return {documentUrl: url, document, tag: url in given.contexts ? 'static' : undefined};
}

function didKeyDocument(url) {
  const [controller, key] = url.split('#');
  const multibase = controller.slice('did:key:'.length);
  const id = `${controller}#${multibase}`;
  const method = {id, type: 'Multikey', controller, publicKeyMultibase: multibase};
  if(key) {
    return {'@context': MULTIKEY_CONTEXT, ...method};
  }
  return {
    '@context': [DID_CONTEXT, MULTIKEY_CONTEXT], id: controller, verificationMethod: [method],
    authentication: [id], assertionMethod: [id]
  };
}
