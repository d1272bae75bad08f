import { parseArgs } from 'node:util';
import { inputOf } from './fuzz-child.ts';
import { seedOf } from './mutate.ts';
import { runFuzz } from './run-fuzz.ts';
import { isTarget, loadTarget, TARGETS } from './targets.ts';

/**
 * `npm run fuzz [-- options]`: mutated inputs for every parser of untrusted bytes. What fails is printed with the command that
 * makes it again.
 */
const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    dump: { type: 'boolean', default: false },
  },
});

const seed = Number(values.seed);
const names = values.target ?? Object.keys(TARGETS);
let failed = false;
for (const target of names) {
  if (!isTarget(target)) throw new RangeError(`There is no target ${target}: ${Object.keys(TARGETS).join(', ')}`);
  if (values.dump) {
    const loaded = await loadTarget(TARGETS[target]);
    process.stdout.write(inputOf(loaded, loaded.seeds().map(seedOf), seed, Number(values.from)));
    continue;
  }
  const start = performance.now();
  const result = await runFuzz({
    target: TARGETS[target],
    seed,
    count: Number(values.count),
    from: Number(values.from),
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (result.kind === 'passed') {
    const grown = Math.round(result.peakBytes / 1024 / 1024);
    console.log(
      `${target}: ${result.refused} refused, ${result.accepted} accepted, memory +${grown} MiB, ${seconds} s`,
    );
    continue;
  }
  failed = true;
  const again = `npm run fuzz -- --target ${target} --seed ${seed} --from ${result.index} --count 1`;
  console.error(
    `${target}: input ${result.index} failed: ${result.why}\n  again: ${again}\n  the input: ${again} --dump`,
  );
}
process.exitCode = failed ? 1 : 0;
