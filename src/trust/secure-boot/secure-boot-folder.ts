/** The keys that firmware knows, from the one that owns the machine to the one that signs releases. */
export const SECURE_BOOT_KEYS = ['PK', 'KEK', 'db'] as const;
export type SecureBootKey = (typeof SECURE_BOOT_KEYS)[number];

/** The folder of Secure Boot inside of the one that `ashlar trust init` makes. */
export const SECURE_BOOT_FOLDER = 'secure-boot';

/**
 * What lies in a Secure Boot folder. Certificates beside the own ones are there as files (PEM or DER): what is in a folder is in the
 * database that it is named after.
 */
export const SECURE_BOOT_FILES = {
  readme: 'README.md',
  /** The GUID that marks entries of the databases as ours; one for the life of the keys. */
  owner: 'owner',
  privateKey: (key: SecureBootKey) => `${key}.key`,
  certificate: (key: SecureBootKey) => `${key}.crt`,
  /** Certificates that may sign what starts beside our own: earlier ones of ours, those of vendors. */
  alsoTrusted: 'also-trusted',
  /** Certificates whose signatures no longer count, and boot images that may no longer start. */
  revoked: 'revoked',
  /** What firmware is given; nothing in it is secret. */
  enrolment: 'enroll',
} as const;

/** The variables of an enrolment, each in a file of its name with `.auth`; dbx only when something is revoked. */
export const ENROLMENT_FILES = ['PK.auth', 'KEK.auth', 'db.auth', 'dbx.auth'] as const;
export type EnrolmentFile = (typeof ENROLMENT_FILES)[number];
