// `npm run fuzz [-- --target NAME --count N --seed N]`: 100,000 mutated inputs for every parser of untrusted bytes.
import { join } from 'node:path';
import { ashlarNode, ensureNpmPackages, ROOT, run } from './setup.mjs';

ensureNpmPackages();
run(ashlarNode(), [join(ROOT, 'test/fuzz/main.ts'), ...process.argv.slice(2)]);
