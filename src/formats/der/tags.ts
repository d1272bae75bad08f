/** Identifier octets (ITU-T X.690 §8.1.2): constructed types have bit 6 set already. */
export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
  /** `[0]` of a primitive value; the number is added. */
  context: 0x80,
  /** `[0]` of a constructed value; the number is added. */
  contextConstructed: 0xa0,
} as const;
