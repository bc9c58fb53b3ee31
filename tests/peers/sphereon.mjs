/**
 * Sphereon's wallet libraries: OpenID4VCI as it was just before 1.0 (draft 15), which is what they speak to everybody, and
 * OpenID4VP; presentations by Digital Bazaar's.
 *
 * Usage: node sphereon.mjs COMMAND < request.json > answer.json
 *
 *   claim     {offer, code, by}                             -> {credential, did, key, told}
 *   present   {request, credential, did, key, documents}    -> {clientId, mode, status}
 *
 * `by` says how the key proof names the key: did (a did:key URL) or jwk. `told` is the status of the notification. Whether
 * the request is signed by whom it names is the library's caller's part, and not looked at here.
 */
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as vc from '@digitalbazaar/vc';
import {CompactEncrypt, importJWK} from 'jose';
import {OP, SupportedVersion} from '@sphereon/did-auth-siop';
import {answer} from './asked.mjs';
import {OpenID4VCIClientV1_0_15 as Client} from '@sphereon/oid4vci-client';
import {createHash} from 'node:crypto';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {loaderFor} from './documents.mjs';

console.log = console.warn = () => undefined; // the libraries say much, and standard output is for the answer

await answer({claim, present});

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

async function present({request, credential, did, key, documents}) {
  const wallet = OP.builder()
    .withIssuer('https://self-issued.me/v2')
    .withExpiresIn(300)
    .addSupportedVersion(SupportedVersion.OID4VP_v1)
    .withHasher(data => createHash('sha256').update(data).digest())
    .withVerifyJwtCallback(async () => true)
    .withCreateJwtCallback(() => Promise.reject(new Error('no token is signed here')))
    .build();
  const verified = await wallet.verifyAuthorizationRequest(request, {});
  const asked = await verified.authorizationRequest.mergedPayloads();
  const keyPair = await Ed25519Multikey.from({...key, id: `${did}#${key.publicKeyMultibase}`, controller: did});
  const presentation = await vc.signPresentation({
    presentation: vc.createPresentation({verifiableCredential: [credential], holder: did}),
    suite: new DataIntegrityProof({signer: keyPair.signer(), cryptosuite}),
    challenge: asked.nonce, domain: asked.client_id, documentLoader: loaderFor(documents)
  });
  const made = await wallet.createAuthorizationResponse(verified, {
    dcqlResponse: {dcqlPresentation: {[verified.dcqlQuery.credentials[0].id]: [presentation]}},
    responseURI: verified.responseURI,
    responseURIType: verified.responseURIType
  });
  const {status} = await wallet.submitAuthorizationResponse(made, encrypted);
  return {clientId: asked.client_id, mode: asked.response_mode, status};
}

async function encrypted({authorizationResponsePayload, clientMetadata}) {
  const [{alg, kid, ...key}] = clientMetadata.jwks.keys;
  const token = new CompactEncrypt(new TextEncoder().encode(JSON.stringify(authorizationResponsePayload)));
  return {response: await token.setProtectedHeader({alg, enc: 'A256GCM', kid}).encrypt(await importJWK(key, alg))};
}
