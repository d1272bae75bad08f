/**
 * The values of `sources` one source after the other, with up to `atOnce` of them begun: of those that are ahead the first value is
 * fetched, and kept. All that were begun are ended when the receiver is, or when one fails.
 */
export async function* readAhead<Value>(
  sources: readonly AsyncGenerator<Value>[],
  atOnce: number,
): AsyncGenerator<Value> {
  const firsts: Promise<IteratorResult<Value>>[] = [];
  const begin = (index: number): void => {
    const source = sources[index];
    if (source === undefined || firsts[index] !== undefined) return;
    const first = source.next();
    // Its turn may never come; when it does, the failure is thrown there.
    first.catch(() => {});
    firsts[index] = first;
  };
  try {
    for (const [index, source] of sources.entries()) {
      for (let ahead = index; ahead < index + atOnce; ahead++) begin(ahead);
      for (let next = await firsts[index]!; next.done !== true; next = await source.next()) yield next.value;
    }
  } finally {
    for (const index of firsts.keys()) sources[index]!.return(undefined).catch(() => {});
  }
}
