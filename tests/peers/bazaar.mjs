/**
 * Digital Bazaar's wallet library (oid4-client), which speaks to https services only.
 *
 * Usage: node bazaar.mjs COMMAND < request.json > answer.json
 *
 *   claim     {offer, code, tls}                                                -> {credential, did, key}
 *   collect   {offer, tls}                                                      -> {credential}
 *   present   {request, credential, did, key, documents, trusted, tls, method}  -> {clientId, mode, answer}
 *
 * `tls` is the services' certificate in PEM, `trusted` those by which a verifier's host is believed. `collect` takes what
 * is bound to no key and guarded by no code, and is the library's own way from end to end. For `claim` two things are done
 * here: the library knows no transaction codes, and its own key proof has neither `typ` nor `iat`, which OpenID4VCI 1.0
 * requires (appendix F.1).
 */
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as vc from '@digitalbazaar/vc';
import {getCredentialOffer, OID4Client, oid4vp, robustDiscoverIssuer, signJWT} from '@digitalbazaar/oid4-client';
import {Agent} from 'node:https';
import {answer} from './asked.mjs';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {httpClient} from '@digitalbazaar/http-client';
import {loaderFor} from './documents.mjs';

const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

await answer({claim, collect, present});

async function collect({offer: url, tls}) {
  const agent = new Agent({ca: tls});
  const client = await OID4Client.fromCredentialOffer({offer: await getCredentialOffer({url, agent}), agent});
  const {credential} = await client.requestCredentials({agent});
  return {credential};
}

async function claim({offer: url, code, tls}) {
  const agent = new Agent({ca: tls});
  const keyPair = await Ed25519Multikey.generate();
  const did = `did:key:${keyPair.publicKeyMultibase}`;
  const offer = await getCredentialOffer({url, agent});
  const {issuerConfig, metadata} = await robustDiscoverIssuer({issuer: offer.credential_issuer, agent});
  const token = await tokenFor(offer, code, {issuerConfig, agent});
  const client = new OID4Client({
    accessToken: token.access_token, authorizationDetails: token.authorization_details, issuerConfig, metadata, offer, agent
  });
  const {nonce} = await client.getNonce({agent});
  const jwt = await signJWT({
    protectedHeader: {typ: 'openid4vci-proof+jwt', alg: 'EdDSA', kid: `${did}#${keyPair.publicKeyMultibase}`},
    payload: {aud: issuerConfig.issuer, iat: Math.floor(Date.now() / 1000), nonce},
    signer: keyPair.signer()
  });
  const [{credential_identifiers: [credential_identifier]}] = token.authorization_details;
  const {credential} = await client.requestCredentials({
    requests: [{credential_identifier, proofs: {jwt: [jwt]}}], agent
  });
  return {credential, did, key: await keyPair.export({publicKey: true, secretKey: true})};
}

/** As the library asks where the issuer announces `authorization_details`, and the transaction code with it. */
async function tokenFor(offer, code, {issuerConfig, agent}) {
  if(!issuerConfig.authorization_details_types_supported.includes('openid_credential')) {
    throw new Error('the library would fall back to draft 13');
  }
  const details = offer.credential_configuration_ids.map(id => ({
    type: 'openid_credential', credential_configuration_id: id
  }));
  const body = new URLSearchParams({
    grant_type: PRE_AUTHORIZED,
    'pre-authorized_code': offer.grants[PRE_AUTHORIZED]['pre-authorized_code'],
    tx_code: code,
    authorization_details: JSON.stringify(details)
  });
  const {data} = await httpClient.post(issuerConfig.token_endpoint, {agent, body});
  return data;
}

async function present({request, credential, did, key, documents, trusted, tls, method}) {
  const agent = new Agent({ca: tls});
  const {authorizationRequest: asked} = await oid4vp.getAuthorizationRequest({
    url: request, agent, overrideMethod: method, getTrustedCertificates: async () => trusted
  });
  const keyPair = await Ed25519Multikey.from({...key, id: `${did}#${key.publicKeyMultibase}`, controller: did});
  const presentation = await vc.signPresentation({
    presentation: vc.createPresentation({verifiableCredential: [credential], holder: did}),
    suite: new DataIntegrityProof({signer: keyPair.signer(), cryptosuite}),
    challenge: asked.nonce, domain: asked.client_id, documentLoader: loaderFor(documents)
  });
  const {result} = await oid4vp.sendAuthorizationResponse({
    authorizationRequest: asked, agent,
    vpToken: JSON.stringify({[asked.dcql_query.credentials[0].id]: [presentation]}), vpTokenMediaType: 'application/json'
  });
  return {clientId: asked.client_id, mode: asked.response_mode, answer: result};
}
