import { declaredLength } from '../../transport/http/declared-length.ts';
import type { Answer } from '../../transport/http/http-exchange.ts';

/** The body of `answer`; undefined, and the connection closed, as soon as it is known to be longer than `maxBytes`. */
export async function readBounded(answer: Answer, maxBytes: number): Promise<Buffer | undefined> {
  if ((declaredLength(answer) ?? 0) > maxBytes) {
    answer.close();
    return undefined;
  }
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const bytes of answer.body) {
    length += bytes.length;
    if (length > maxBytes) return undefined;
    pieces.push(bytes);
  }
  return Buffer.concat(pieces, length);
}
