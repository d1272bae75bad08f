// `npm test [-- layer…]`: sets up and runs the tests, cheap layers first: `static` (types, lint), `unit` (pure code), `oracle`
// (reference tools as judges), `machine` (real firmware, kernel and systemd under QEMU).
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ashlarNode, ensureDebianPackages, ensureNpmPackages, ROOT, run, say } from './setup.mjs';

/** With reference tools, fuzzing, and the crash points of which the unit layer tries a sample. */
const EXHAUSTIVE = '{test/{oracle,fuzz}/**/*,test/model/*-crash-points}.test.ts';

/** Files of machine tests that take minutes: they begin, and the others fill the gaps. */
const LONGEST_FIRST = ['story', 'preflight', 'agent-orders', 'powercut', 'boot-counting', 'secure-boot-update'];

const LAYERS = {
  static: { kinds: [], run: checkStatically },
  // As many files at a time as there are processors; Node would leave one of them idle.
  // What Node compiled is kept: each file is a process, and many start others.
  unit: {
    kinds: [],
    run: () =>
      test('{src,scripts,bench,test/model}/**/*.test.ts', [`--test-concurrency=${availableParallelism()}`], {
        NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/compiled'),
      }),
  },
  // Two files at a time: they use both cores, and some build images.
  oracle: {
    kinds: ['build', 'test', 'bench'],
    run: () => test(EXHAUSTIVE, ['--test-concurrency=2'], { ASHLAR_CRASH_POINTS: 'all' }),
  },
  machine: { kinds: ['build', 'run', 'test'], run: testMachines },
};

/** Parts of a layer that are also asked for alone, some with more runs (`npm run test:powercut`). */
const PARTS = {
  'crash-states': { kinds: ['build', 'run', 'test'], run: () => test('test/machine/crash-states.test.ts', []) },
  story: { kinds: ['build', 'run', 'test'], run: () => test('test/machine/story.test.ts', []) },
  preflight: { kinds: ['build', 'run', 'test'], run: () => test('test/machine/preflight.test.ts', []) },
  powercut: { kinds: ['build', 'run', 'test'], run: () => test('test/machine/powercut.test.ts', []) },
};

const asked = process.argv.slice(2);
const known = { ...LAYERS, ...PARTS };
const unknown = asked.filter((name) => !(name in known));
if (unknown.length > 0) {
  console.error(`There is no layer ${unknown.join(', ')}. Layers: ${Object.keys(known).join(', ')}.`);
  process.exit(2);
}

// Tools of file systems and partitions lie where only root's PATH leads.
process.env.PATH += ':/usr/sbin:/sbin';

ensureNpmPackages();
const layers =
  asked.length === 0 ? Object.entries(LAYERS) : Object.entries(known).filter(([name]) => asked.includes(name));
ensureDebianPackages(layers.flatMap(([, { kinds }]) => kinds));
for (const [name, layer] of layers) {
  say(`Tests: ${name}`);
  layer.run();
}

function checkStatically() {
  run(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit']);
  run(join(ROOT, 'node_modules/.bin/biome'), ['check', '--error-on-warnings', '.']);
}

function test(pattern, options, environment = {}) {
  run(ashlarNode(), ['--test', ...options, pattern], { env: { ...process.env, ...environment } });
}

/** One machine more than there are processors: machines also wait, for deadlines and for each other. */
function testMachines() {
  const folder = join(ROOT, 'test/machine');
  const all = readdirSync(folder).filter((file) => file.endsWith('.test.ts'));
  const first = LONGEST_FIRST.map((name) => `${name}.test.ts`);
  const files = [...first, ...all.filter((file) => !first.includes(file)).sort()];
  const atOnce = availableParallelism() + 1;
  run(ashlarNode(), [join(ROOT, 'scripts/run-tests.ts'), String(atOnce), ...files.map((file) => join(folder, file))]);
}
