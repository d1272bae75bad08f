import type * as z from 'zod';

/**
 * The JSON document `bytes` as `schema` has it: at most `maxBytes`, UTF-8 without exceptions, as strict as the schema is. What
 * is wrong goes to `refuse` as words that follow a colon, the first of it only.
 */
export function parseDocument<Schema extends z.ZodType>(
  bytes: Uint8Array,
  schema: Schema,
  maxBytes: number,
  refuse: (reason: string, cause?: unknown) => never,
): z.output<Schema> {
  if (bytes.byteLength > maxBytes) return refuse(`it has ${bytes.byteLength} bytes, more than ${maxBytes}`);
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return refuse('it is not JSON', error);
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return refuse(`${issue?.path.map(String).join('.') || 'it'}: ${issue?.message ?? 'does not fit'}`, parsed.error);
}
