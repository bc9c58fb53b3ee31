/**
 * Sphereon's wallet library: OpenID4VCI as it was just before 1.0 (draft 15), which is what it speaks to everybody.
 *
 * Usage: node sphereon.mjs claim < request.json > answer.json
 *
 *   claim     {offer, code, by}     -> {credential, did, key, told}
 *
 * `by` says how the key proof names the key: did (a did:key URL) or jwk. `told` is the status of the notification.
 */
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {answer} from './asked.mjs';
import {OpenID4VCIClientV1_0_15 as Client} from '@sphereon/oid4vci-client';

console.log = console.warn = () => undefined; // the library says much, and standard output is for the answer

await answer({claim});

async function claim({offer, code, by}) {
  const keyPair = await Ed25519Multikey.generate();
  const did = `did:key:${keyPair.publicKeyMultibase}`;
  const client = await Client.fromURI({uri: offer, clientId: 'https://wallet.example', retrieveServerMetadata: true});
  const token = await client.acquireAccessToken({pin: code});
  await client.acquireNonce();
  const [credentialConfigurationId] = client.getCredentialOfferConfigurationIds();
  const answered = await client.acquireCredentials({
    credentialConfigurationId, format: 'ldp_vc', alg: 'EdDSA',
    ...(by === 'did' ? {kid: `${did}#${keyPair.publicKeyMultibase}`} : {jwk: await Ed25519Multikey.toJwk({keyPair})}),
    proofCallbacks: {signCallback: jwt => signed(jwt, keyPair)}
  });
  const told = await fetch(client.endpointMetadata.notification_endpoint, {
    method: 'POST',
    headers: {authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json'},
    body: JSON.stringify({notification_id: answered.notification_id, event: 'credential_accepted'})
  });
  const key = await keyPair.export({publicKey: true, secretKey: true});
  return {credential: answered.credentials[0].credential, did, key, told: told.status};
}

async function signed({header, payload}, keyPair) {
  const [head, body] = [header, payload].map(part => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = await keyPair.signer().sign({data: new TextEncoder().encode(`${head}.${body}`)});
  return `${head}.${body}.${Buffer.from(signature).toString('base64url')}`;
}
