import type { Uuid } from '../uuid.ts';

/** The variables that Secure Boot rests on, in the order in which keys trust each other: the owner’s, those that may change the databases, what may start, what may not. */
export const SECURE_BOOT_VARIABLES = ['PK', 'KEK', 'db', 'dbx'] as const;
export type SecureBootVariable = (typeof SECURE_BOOT_VARIABLES)[number];

/** `EFI_GLOBAL_VARIABLE` (UEFI 2.10 §3.3). */
export const EFI_GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c' as Uuid;
/** `EFI_IMAGE_SECURITY_DATABASE_GUID` (§32.6.1). */
const EFI_IMAGE_SECURITY_DATABASE = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f' as Uuid;

/** The vendor GUID under which firmware keeps each of them. */
export const SECURE_BOOT_VENDOR: Record<SecureBootVariable, Uuid> = {
  PK: EFI_GLOBAL,
  KEK: EFI_GLOBAL,
  db: EFI_IMAGE_SECURITY_DATABASE,
  dbx: EFI_IMAGE_SECURITY_DATABASE,
};

/** Non-volatile, for boot services and at run time, written with a time and a signature (§8.2). */
export const SECURE_BOOT_ATTRIBUTES = 0x27;
