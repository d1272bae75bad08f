import type { Results } from './results.ts';

/** Two topics: one with goals, one met and one missed; one without. */
export const SAMPLE_RESULTS: Results = {
  format: 'ashlar-bench/1',
  machine: { cores: 2, processor: 'A & B', memory: 8e9, kernel: '6.12.1', distribution: 'Debian' },
  versions: { Ashlar: '0.1.0', peer: '25.3' },
  topics: [
    {
      name: 'rebuild',
      title: 'Rebuild after one changed file',
      unit: 'seconds',
      series: [
        { name: 'Ashlar', ours: true, values: [2.5, 2, 3], cpuSeconds: [1.5, 1.4, 1.6] },
        { name: 'peer', ours: false, values: [30, 28, 32] },
      ],
      goals: [
        { kind: 'value', series: 'Ashlar', atMost: 2 },
        { kind: 'speedup', series: 'Ashlar', over: 'peer', atLeast: 10 },
      ],
      method: 'One file is changed.',
      remarks: ['A remark.'],
      measured: { date: '2026-01-02', load: 0.25 },
    },
    {
      name: 'size',
      title: 'Size',
      unit: 'bytes',
      series: [
        { name: 'Ashlar', ours: true, values: [60_300_000] },
        { name: 'peer <x>', ours: false, values: [61_000_000] },
      ],
      goals: [{ kind: 'share', series: 'Ashlar', of: 'peer <x>', atMost: 1.03 }],
      method: 'Written once.',
      remarks: [],
      measured: { date: '2026-01-02', load: 0.5 },
    },
  ],
};
