/**
 * What is signed of a DSSE envelope: the payload with its type, each with its length before it, so that no bytes of the one can be taken
 * for the other (DSSE v1 protocol, “Signature Definition”: `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`).
 *
 * @param type the payload's type; its UTF-8 is what counts.
 */
export function preAuthenticationEncoding(type: string, body: Uint8Array): Buffer {
  const typeBytes = Buffer.from(type, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${typeBytes.length} `), typeBytes, Buffer.from(` ${body.length} `), body]);
}
