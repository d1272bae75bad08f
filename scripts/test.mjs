// `npm test [-- layer…]`: sets up and runs the tests, cheap layers first: `static` (types, lint), `unit` (pure code), `oracle`
// (reference tools as judges), `machine` (real firmware, kernel and systemd under QEMU).
import { join } from 'node:path';
import { ashlarNode, ensureDebianPackages, ensureNpmPackages, ROOT, run, say } from './setup.mjs';

const LAYERS = {
  static: { kinds: [], run: checkStatically },
  unit: { kinds: [], run: () => test('{src,scripts}/**/*.test.ts', []) },
  // Two files at a time: they use both cores, and some build images.
  oracle: {
    kinds: ['build', 'test', 'bench'],
    run: () => test('test/{oracle,fuzz}/**/*.test.ts', ['--test-concurrency=2']),
  },
  // One after another: an emulated machine wants both cores.
  machine: { kinds: ['build', 'run', 'test'], run: () => test('test/machine/**/*.test.ts', ['--test-concurrency=1']) },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in LAYERS));
if (unknown.length > 0) {
  console.error(`There is no layer ${unknown.join(', ')}. Layers: ${Object.keys(LAYERS).join(', ')}.`);
  process.exit(2);
}

ensureNpmPackages();
const layers = Object.entries(LAYERS).filter(([name]) => asked.length === 0 || asked.includes(name));
ensureDebianPackages(layers.flatMap(([, { kinds }]) => kinds));
for (const [name, layer] of layers) {
  say(`Tests: ${name}`);
  layer.run();
}

function checkStatically() {
  run(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit']);
  run(join(ROOT, 'node_modules/.bin/biome'), ['check', '--error-on-warnings', '.']);
}

function test(pattern, options) {
  run(ashlarNode(), ['--test', ...options, pattern]);
}
