// `npm start`: sets up, and tells the life of a system on real virtual machines: `scripts/story.ts`.
import { join } from 'node:path';
import { ashlarNode, ensureDebianPackages, ensureNpmPackages, ROOT, run } from './setup.mjs';

ensureNpmPackages();
ensureDebianPackages(['build', 'run']);
run(ashlarNode(), [join(ROOT, 'scripts/story.ts'), ...process.argv.slice(2)]);
