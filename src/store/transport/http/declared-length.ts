import type { Answer } from './http-exchange.ts';

/** How many bytes of body the answer announces; undefined when it does not. */
export function declaredLength({ headers }: Answer): number | undefined {
  const text = headers['content-length'] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
