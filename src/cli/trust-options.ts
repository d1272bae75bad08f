import * as z from 'zod';

/** The option of every verb that signs metadata: the offline keys come from somewhere else. */
export const KEYS_OPTION = ['--keys <folders...>', 'further folders with keys, such as the offline ones'] as const;

/** The option of every verb that changes root or targets. */
export const PREPARE_OPTION = [
  '--prepare <file>',
  'publish nothing: write the change to a file that others sign (`ashlar trust sign`), for keys that lie elsewhere',
] as const;

/** In the result of these verbs. */
export const preparedSchema = z.string().optional().describe('With --prepare: the file that waits for signatures');
