/** Who signs for the firmware. A security module or a cloud service can stand behind it as well as a file. */
export interface SecureBootSigner {
  /** X.509, DER. */
  readonly certificate: Buffer;
  /** The signature of `bytes`: RSA with PKCS #1 v1.5 padding over their SHA-256, which all firmware can check. */
  readonly sign: (bytes: Buffer) => Promise<Buffer>;
}
