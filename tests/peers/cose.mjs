/**
 * Somebody else's COSE messages: Auth0's library. Nothing of ours but keys and messages.
 *
 * Usage: node cose.mjs COMMAND < request.json > answer.json
 *
 *   sign     {header, payload, secret}  -> {message}
 *   verify   {message, jwk}             -> {verified, header, payload} or {verified, error}
 *
 * Keys are JWKs, `message` is base64, `header` pairs of label and value.
 */
import {algorithmOf, answer, imported, judged} from './asked.mjs';
import {Algorithms, Headers, Sign1} from '@auth0/cose';

await answer({sign: signCose, verify: judged(verifyCose)});

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
