/** Addresses and what stands there: contexts, DID documents, status lists. Anything else is not there. */
const MULTIKEY_CONTEXT = 'https://w3id.org/security/multikey/v1';
const DID_CONTEXT = 'https://www.w3.org/ns/did/v1';

/** A document loader for Digital Bazaar's libraries; a did:key is resolved from its own text, the whole method. */
export function loaderFor(documents) {
  return async url => {
    const [did, fragment] = url.split('#');
    const document = documents[url] ?? documents[did] ?? didKeyDocument(did);
    if(!document) {
      throw new Error(`not among the documents given: ${url}`);
    }
    return {contextUrl: null, documentUrl: url, document: fragment ? methodOf(document, url) : document};
  };
}

export function didKeyDocument(did) {
  if(!did.startsWith('did:key:')) {
    return undefined;
  }
  const publicKeyMultibase = did.slice('did:key:'.length);
  const id = `${did}#${publicKeyMultibase}`;
  return {
    '@context': [DID_CONTEXT, MULTIKEY_CONTEXT],
    id: did,
    verificationMethod: [{id, type: 'Multikey', controller: did, publicKeyMultibase}],
    authentication: [id],
    assertionMethod: [id]
  };
}

function methodOf(document, url) {
  const method = document.verificationMethod?.find(({id}) => id === url);
  if(!method) {
    throw new Error(`${document.id} has no ${url}`);
  }
  return {'@context': MULTIKEY_CONTEXT, ...method};
}
