/**
 * Runs the contestants in turn, `runs` times over, so that what changes on the machine meanwhile meets all of them alike. Returns
 * what each gave, in the order of the contestants.
 *
 * @param contestants each is given the number of the run, from 0.
 */
export async function interleaved<Result>(
  runs: number,
  contestants: readonly ((run: number) => Promise<Result>)[],
): Promise<Result[][]> {
  const results: Result[][] = contestants.map(() => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, contestant] of contestants.entries()) results[index]!.push(await contestant(run));
  }
  return results;
}
