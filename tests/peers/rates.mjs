/**
 * How fast Digital Bazaar's libraries issue and verify the credentials they are given, on one core.
 *
 * Usage: node rates.mjs measure < request.json > answer.json
 *
 *   measure  {unsigned, signed, contexts, now, rounds, milliseconds}  -> {issue: [per second…], verify: [per second…]}
 *
 * `unsigned` and `signed` are lists, gone through in turns; one figure per round. Time is this process's own time on
 * the processor. Contexts are marked as never changing, so that the library keeps what it made of them.
 */
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {text} from 'node:stream/consumers';

const MULTIKEY_CONTEXT = 'https://w3id.org/security/multikey/v1';
const DID_CONTEXT = 'https://www.w3.org/ns/did/v1';

const {unsigned, signed, contexts, now, rounds, milliseconds} = JSON.parse(await text(process.stdin));
const pair = await Ed25519Multikey.generate();
const {publicKeyMultibase} = await pair.export({publicKey: true});
const did = `did:key:${publicKeyMultibase}`;
const signer = {...pair.signer(), id: `${did}#${publicKeyMultibase}`};
const work = {issue, verify};
const rates = {issue: [], verify: []};
for(let round = -1; round < rounds; round++) {
  for(const name of Object.keys(work)) {
    const rate = await measured(work[name]);
    if(round >= 0) {  // the first round warms up
      rates[name].push(rate);
    }
  }
}
process.stdout.write(JSON.stringify(rates));

async function issue(number) {
  const credential = {...structuredClone(unsigned[number % unsigned.length]), issuer: did};
  await vc.issue({credential, suite: new DataIntegrityProof({signer, cryptosuite}), documentLoader, now});
}

async function verify(number) {
  const credential = signed[number % signed.length];
  const answer = await vc.verifyCredential({
    credential, suite: new DataIntegrityProof({cryptosuite}), documentLoader, now,
    checkStatus: () => ({verified: true})
  });
  if(!answer.verified) {
    throw answer.error;
  }
}

async function measured(run) {
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
  const document = contexts[url] ?? didKeyDocument(url);
  return {documentUrl: url, document, tag: url in contexts ? 'static' : undefined};
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
