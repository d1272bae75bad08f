// What a fresh Debian machine lacks, installed: npm packages, and Debian packages with root or sudo. Plain JavaScript without
// imports from npm: it runs on any Node >= 20, before anything is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Debian packages that each kind of work needs: one list, also quoted by the documentation. */
export const DEBIAN_PACKAGES = JSON.parse(readFileSync(join(ROOT, 'scripts/debian-packages.json'), 'utf8'));

/** Makes sure that `node_modules` is what `package-lock.json` says. */
export function ensureNpmPackages() {
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  const wanted = join(ROOT, 'package-lock.json');
  const current = existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
  if (current && existsSync(join(ROOT, 'node_modules/.bin/node'))) return;
  say('Installing npm packages (once) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Makes sure that the Debian packages of these kinds (`build`, `run`, `test`, …) are installed. */
export function ensureDebianPackages(kinds) {
  const wanted = [...new Set(kinds.flatMap((kind) => DEBIAN_PACKAGES[kind]))];
  const missing = wanted.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  const prefix = process.getuid() === 0 ? [] : hasSudo() ? ['sudo'] : undefined;
  if (prefix === undefined) {
    console.error(`These Debian packages are missing: ${missing.join(' ')}`);
    console.error(
      `There is neither root nor sudo here to install them. As root, type:\n\n  apt-get update && ${install.join(' ')}\n`,
    );
    process.exit(1);
  }
  say(`Installing Debian packages (once): ${missing.join(' ')} …`);
  runQuietly([...prefix, 'apt-get', 'update']);
  runQuietly([...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...install]);
}

/** Ashlar's own Node, whatever Node this script runs on. */
export function ashlarNode() {
  return join(ROOT, 'node_modules/.bin/node');
}

export function say(text) {
  console.error(process.stderr.isTTY && !process.env.NO_COLOR ? `\x1b[36m•\x1b[0m ${text}` : `• ${text}`);
}

/** Runs a program on this terminal; its failure ends this process with its exit code. */
export function run(program, args, options = {}) {
  const { status, signal, error } = spawnSync(program, args, { stdio: 'inherit', cwd: ROOT, ...options });
  if (error) {
    console.error(`${program} cannot be run: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? (signal ? 130 : 1));
}

/** Runs a program whose output matters only when it fails. */
function runQuietly([program, ...args]) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status === 0) return;
  console.error(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
  console.error(`This failed: ${[program, ...args].join(' ')}`);
  process.exit(1);
}

function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Abbrev}', name], {
    encoding: 'utf8',
  });
  return (stdout ?? '').startsWith('ii');
}

function hasSudo() {
  const args = process.stdin.isTTY ? ['--version'] : ['--non-interactive', 'true'];
  return spawnSync('sudo', args, { stdio: 'ignore' }).status === 0;
}

// `node scripts/setup.mjs [kind…]`: sets up by itself, e.g. for the launcher.
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensureNpmPackages();
  const kinds = process.argv.slice(2).filter((kind) => kind in DEBIAN_PACKAGES);
  if (kinds.length > 0) ensureDebianPackages(kinds);
}
