import { AshlarError } from '../../src/model/error.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { mutate, seedOf } from './mutate.ts';
import { randomFrom } from './random.ts';
import { loadTarget } from './targets.ts';

/** What the parent asks for: inputs `from` up to `to` of the run `seed`. */
export interface ChildOrder {
  /** The URL of the target's module. */
  readonly target: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Resident bytes above what the process had at its start that no input may reach. */
  readonly maxBytes: number;
}

/** What the child tells: where it is, that an input failed, that all are done. */
export type ChildReport =
  | { readonly kind: 'at'; readonly index: number }
  | { readonly kind: 'failed'; readonly index: number; readonly why: string }
  | { readonly kind: 'done'; readonly refused: number; readonly accepted: number; readonly peakBytes: number };

/** Tells where it is this often: the parent ends a child that says nothing for long. */
const REPORT_MILLISECONDS = 100;
const KIB = 1024;

/** The input `index` of a run: mutated, and mostly with checksums that fit. */
export function inputOf(target: FuzzTarget, seeds: ReturnType<typeof seedOf>[], seed: number, index: number): Buffer {
  const input = mutate(seeds, seed, index);
  if (randomFrom(seed ^ index).chance(7, 8)) target.repair?.(input);
  return input;
}

async function work(order: ChildOrder): Promise<void> {
  const target = await loadTarget(order.target);
  const seeds = target.seeds().map(seedOf);
  // Seeds themselves must be accepted, or the run would only try the first check.
  for (const { bytes } of seeds) await target.run(Buffer.from(bytes));

  const baseBytes = process.resourceUsage().maxRSS * KIB;
  let peakBytes = baseBytes;
  let reported = 0;
  let refused = 0;
  for (let index = order.from; index < order.to; index++) {
    const now = performance.now();
    if (now - reported > REPORT_MILLISECONDS || order.to - order.from === 1) {
      reported = now;
      await tell({ kind: 'at', index });
    }
    try {
      await target.run(inputOf(target, seeds, order.seed, index));
    } catch (error) {
      if (!(error instanceof AshlarError) || error.code === 'internal') {
        await tell({
          kind: 'failed',
          index,
          why: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
        return;
      }
      refused += 1;
    }
    peakBytes = process.resourceUsage().maxRSS * KIB;
    if (peakBytes - baseBytes > order.maxBytes) {
      const megabytes = Math.round((peakBytes - baseBytes) / KIB / KIB);
      await tell({ kind: 'failed', index, why: `memory grew by ${megabytes} MiB` });
      return;
    }
  }
  const accepted = order.to - order.from - refused;
  await tell({ kind: 'done', refused, accepted, peakBytes: peakBytes - baseBytes });
}

function tell(report: ChildReport): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const send = process.send?.bind(process);
  if (send === undefined) throw new TypeError('a fuzz child is started by run-fuzz.ts');
  send(report, undefined, {}, () => resolve());
  return promise;
}

if (process.send !== undefined) {
  process.once('message', (order) => {
    void work(order as ChildOrder).then(() => process.disconnect?.());
  });
}
