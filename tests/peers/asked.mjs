/** What the scripts about tokens share: how they are asked, and keys as JWKs. */
import {importJWK} from 'jose';
import {text} from 'node:stream/consumers';

const ALGORITHMS = {Ed25519: 'EdDSA', 'P-256': 'ES256', 'P-384': 'ES384'};

/** Runs the command named on the command line: request on standard input, answer on standard output. */
export async function answer(commands) {
  const given = JSON.parse(await text(process.stdin));
  process.stdout.write(JSON.stringify(await commands[process.argv[2]](given)));
}

/** A check that throws becomes an answer. */
export function judged(check) {
  return async request => {
    try {
      return {verified: true, ...await check(request)};
    } catch({name, message}) {
      return {verified: false, error: `${name}: ${message}`};
    }
  };
}

export function algorithmOf({kty, crv}) {
  return kty === 'RSA' ? 'RS256' : ALGORITHMS[crv];
}

export function imported(jwk) {
  return importJWK(jwk, algorithmOf(jwk));
}
