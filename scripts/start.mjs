// `npm start`: sets up, builds examples/minimal from real packages and boots it.
import { join } from 'node:path';
import { ashlarNode, ensureDebianPackages, ensureNpmPackages, ROOT, run } from './setup.mjs';

ensureNpmPackages();
ensureDebianPackages(['build', 'run']);
const asked = process.argv.slice(2);
// Without a terminal there is nobody to power the system off: it ends when the system has said that it is up.
const until = process.stdin.isTTY && process.stdout.isTTY ? [] : ['--until', 'ready'];
run(ashlarNode(), [join(ROOT, 'src/cli/main.ts'), 'run', join(ROOT, 'examples/minimal'), ...until, ...asked]);
