/**
 * Somebody else's histories of identifiers: the library of the did:webvh working group. Nothing of ours but logs.
 *
 * Usage: node webvh.mjs COMMAND < request.json > answer.json
 *
 *   resolve  {log, versionTime, versionNumber}    -> {verified, did, versionId, document} or {verified, error}
 *   write    {domain, paths, versions, announced}  -> {did, log}
 *
 * `log` is a list of entries; `domain` and `paths` say where it stands; `announced` says whether keys are rotated in advance.
 */
import * as crypto from 'node:crypto';
import {
  createDID, deriveNextKeyHash, multibaseEncode, prepareDataForSigning, resolveDIDFromLog, updateDID
} from 'didwebvh-ts';
import {answer, judged} from './asked.mjs';

const PUBLIC_PREFIX = [0xed, 0x01];
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const BASE58BTC = 'z';

await answer({resolve: judged(resolve), write});

async function resolve({log, versionTime, versionNumber}) {
  const {did, doc, meta} = await resolveDIDFromLog(log, {
    verifier: {verify}, versionNumber, ...versionTime && {versionTime: new Date(versionTime)}
  });
  if(meta.error) {
    throw new Error(meta.problemDetails?.detail ?? meta.error);
  }
  return {did, versionId: meta.versionId, document: doc};
}

async function write({domain, paths, versions, announced}) {
  const keys = Array.from({length: versions + 1}, key);
  const next = async number => announced ? {nextKeyHashes: [await deriveNextKeyHash(keys[number].multikey)]} : {};
  let written = await createDID({
    domain, paths, signer: keys[0], verifier: {verify}, updateKeys: [keys[0].multikey],
    verificationMethods: [method(keys[0])], created: '2026-01-01T00:00:00Z', ...await next(1)
  });
  for(let number = 1; number < versions; number++) {
    const signer = keys[announced ? number : number - 1];
    written = await updateDID({
      log: written.log, signer, verifier: {verify}, updateKeys: [keys[number].multikey],
      verificationMethods: [method(keys[number])], updated: `2026-0${number + 1}-01T00:00:00Z`, ...await next(number + 1)
    });
  }
  return {did: written.did, log: written.log};
}

function method({multikey}) {
  return {type: 'Multikey', publicKeyMultibase: multikey, purpose: 'assertionMethod'};
}

/** An Ed25519 key of Node's own, as a signer of the library. */
function key() {
  const {publicKey, privateKey} = crypto.generateKeyPairSync('ed25519');
  const raw = publicKey.export({type: 'spki', format: 'der'}).subarray(SPKI_PREFIX.length);
  const multikey = multibaseEncode(Uint8Array.from([...PUBLIC_PREFIX, ...raw]), BASE58BTC);
  return {
    multikey,
    getVerificationMethodId: () => `did:key:${multikey}#${multikey}`,
    async sign({document, proof}) {
      const signature = crypto.sign(null, await prepareDataForSigning(document, proof), privateKey);
      return {proofValue: multibaseEncode(signature, BASE58BTC)};
    }
  };
}

async function verify(signature, message, publicKey) {
  const der = Buffer.concat([SPKI_PREFIX, publicKey]);
  return crypto.verify(null, message, crypto.createPublicKey({key: der, format: 'der', type: 'spki'}), signature);
}
