import * as z from 'zod';

/** Whose keys of Secure Boot they are, as firmware shows it: it may know no characters but plain ones. */
export const firmwareName = z
  .string()
  .min(1)
  .max(56)
  .regex(/^[\x20-\x7e]*$/, 'must be of plain characters: firmware may know no others');
