/**
 * Somebody else's wallet: OpenID4VCI and OpenID4VP by the OpenWallet Foundation's libraries, presentations by Digital
 * Bazaar's; nothing of ours but addresses and contexts.
 *
 * Usage: node wallet.mjs COMMAND < request.json > answer.json
 *
 *   claim     {offer, code}                                      -> {credential, did, key}
 *   present   {request, credential, did, key, documents}         -> {status, clientId}
 *
 * Services on this machine speak plain http; the libraries are told so. did:web of such a service is resolved there.
 */
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {clientAuthenticationAnonymous, setGlobalConfig} from '@openid4vc/oauth2';
import {createHash, randomBytes} from 'node:crypto';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {base64url, importJWK, jwtVerify} from 'jose';
import {Openid4vciClient} from '@openid4vc/openid4vci';
import {Openid4vpClient} from '@openid4vc/openid4vp';
import {text} from 'node:stream/consumers';

setGlobalConfig({allowInsecureUrls: true});

const request = JSON.parse(await text(process.stdin));
const commands = {claim, present};
process.stdout.write(JSON.stringify(await commands[process.argv[2]](request)));

async function claim({offer, code}) {
  const keyPair = await Ed25519Multikey.generate();
  const did = `did:key:${keyPair.publicKeyMultibase}`;
  const client = new Openid4vciClient({callbacks: callbacks(keyPair)});
  const credentialOffer = await client.resolveCredentialOffer(offer);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
  const {accessTokenResponse} = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer, issuerMetadata, txCode: code
  });
  const {c_nonce: nonce} = await client.requestNonce({issuerMetadata});
  const {jwt} = await client.createCredentialRequestJwtProof({
    issuerMetadata, credentialConfigurationId, nonce, issuedAt: new Date(),
    signer: {method: 'did', didUrl: `${did}#${keyPair.publicKeyMultibase}`, alg: 'EdDSA'}
  });
  const {credentialResponse} = await client.retrieveCredentials({
    issuerMetadata, credentialConfigurationId, proofs: {jwt: [jwt]}, accessToken: accessTokenResponse.access_token
  });
  const key = await keyPair.export({publicKey: true, secretKey: true});
  return {credential: credentialResponse.credentials[0].credential, did, key};
}

async function present({request, credential, did, key, documents}) {
  const keyPair = await Ed25519Multikey.from({...key, id: `${did}#${key.publicKeyMultibase}`, controller: did});
  const client = new Openid4vpClient({callbacks: callbacks(keyPair)});
  const parsed = client.parseOpenid4vpAuthorizationRequest({authorizationRequest: request});
  const {authorizationRequestPayload: asked} = await client.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: parsed.params
  });
  const presentation = vc.createPresentation({verifiableCredential: [credential], holder: did});
  const suite = new DataIntegrityProof({signer: keyPair.signer(), cryptosuite});
  const signed = await vc.signPresentation({
    presentation, suite, challenge: asked.nonce, domain: asked.client_id, documentLoader: loaderFor(documents)
  });
  const created = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: asked,
    authorizationResponsePayload: {vp_token: {[asked.dcql_query.credentials[0].id]: [signed]}}
  });
  const {response} = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: asked, authorizationResponsePayload: created.authorizationResponsePayload
  });
  return {status: response.status, clientId: asked.client_id};
}

function callbacks(keyPair) {
  return {
    fetch,
    hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
    generateRandom: length => randomBytes(length),
    clientAuthentication: clientAuthenticationAnonymous(),
    signJwt: async (signer, {header, payload}) => {
      const encoded = [header, payload].map(part => base64url.encode(JSON.stringify(part))).join('.');
      const signature = await keyPair.signer().sign({data: new TextEncoder().encode(encoded)});
      return {jwt: `${encoded}.${base64url.encode(signature)}`, signerJwk: await Ed25519Multikey.toJwk({keyPair})};
    },
    verifyJwt: verifyByDid,
    decryptJwe: never,
    encryptJwe: never
  };
}

async function verifyByDid(signer, {compact}) {
  const [did] = signer.didUrl.split('#');
  const host = decodeURIComponent(did.slice('did:web:'.length));
  const document = await (await fetch(`http://${host}/.well-known/did.json`)).json();
  const method = document.verificationMethod.find(({id}) => id === signer.didUrl);
  const jwk = await p256Jwk(method.publicKeyMultibase);
  await jwtVerify(compact, await importJWK(jwk, signer.alg));
  return {verified: true, signerJwk: jwk};
}

async function p256Jwk(publicKeyMultibase) {
  const EcdsaMultikey = await import('@digitalbazaar/ecdsa-multikey');
  return EcdsaMultikey.toJwk({keyPair: await EcdsaMultikey.from({
    '@context': 'https://w3id.org/security/multikey/v1', type: 'Multikey', publicKeyMultibase
  })});
}

function loaderFor(documents) {
  return async url => {
    if(!(url in documents)) {
      throw new Error(`${url} is not there`);
    }
    return {contextUrl: null, documentUrl: url, document: documents[url]};
  };
}

function never() {
  throw new Error('nothing is encrypted here');
}
