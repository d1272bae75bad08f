import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A package of a test repository; its only file is `usr/share/<name>`. */
export interface TestPackage {
  readonly name: string;
  readonly version?: string;
  /** Further lines of its control file: `Depends: other`. */
  readonly fields?: readonly string[];
}

export interface Publication {
  readonly packages: readonly TestPackage[];
  /** When the index was signed, and how long it may be used. */
  readonly date?: Date;
  readonly validUntil?: Date;
  /** Leave out the signature. */
  readonly unsigned?: boolean;
}

/**
 * A Debian archive on disk with one suite, `trixie`, signed by a key made for it: what apt resolves against where a real mirror
 * would be too large, too slow, or too honest. It must be removed.
 */
export class AptRepository {
  readonly directory = mkdtempSync(join(tmpdir(), 'ashlar-repository-'));
  /** The address of the archive, by apt's `file:` method. */
  readonly uri = `file:${join(this.directory, 'archive')}`;
  readonly keyring = join(this.directory, 'keyring.gpg');
  readonly #home = join(this.directory, 'gnupg');

  constructor() {
    mkdirSync(this.#home, { mode: 0o700 });
    this.#gpg('--quick-gen-key', 'Test Archive <archive@ashlar.test>', 'ed25519', 'sign', 'never');
    this.#gpg('--output', this.keyring, '--export');
  }

  /** Publishes exactly these packages, each built anew unless it is there already. */
  publish({ packages, date = new Date(), validUntil, unsigned = false }: Publication): void {
    const suite = join(this.directory, 'archive/dists/trixie');
    rmSync(suite, { recursive: true, force: true });
    mkdirSync(join(suite, 'main/binary-amd64'), { recursive: true });
    const index = Buffer.from(packages.map((each) => this.#build(each)).join('\n'));
    writeFileSync(join(suite, 'main/binary-amd64/Packages'), index);
    const release = [
      'Origin: Ashlar Test',
      'Suite: trixie',
      'Codename: trixie',
      `Date: ${date.toUTCString().replace('GMT', 'UTC')}`,
      ...(validUntil === undefined ? [] : [`Valid-Until: ${validUntil.toUTCString().replace('GMT', 'UTC')}`]),
      'Architectures: amd64',
      'Components: main',
      'SHA256:',
      ` ${sha256(index)} ${index.length} main/binary-amd64/Packages`,
      '',
    ].join('\n');
    writeFileSync(join(suite, 'Release'), release);
    if (!unsigned) this.#gpg('--clearsign', '--output', join(suite, 'InRelease'), join(suite, 'Release'));
  }

  /** Where the package's file lies. */
  pathOf({ name, version = '1.0' }: TestPackage): string {
    return join(this.directory, `archive/pool/main/${name}/${name}_${version}_all.deb`);
  }

  remove(): void {
    spawnSync('gpgconf', ['--homedir', this.#home, '--kill', 'gpg-agent']);
    rmSync(this.directory, { recursive: true, force: true });
  }

  #build(each: TestPackage): string {
    const { name, version = '1.0', fields = [] } = each;
    const path = this.pathOf(each);
    const control = [
      `Package: ${name}`,
      `Version: ${version}`,
      'Architecture: all',
      'Maintainer: Test <test@ashlar.test>',
      ...fields,
      'Description: a package of a test',
    ].join('\n');
    if (statSync(path, { throwIfNoEntry: false }) === undefined) {
      const source = join(this.directory, 'source', name);
      rmSync(source, { recursive: true, force: true });
      mkdirSync(join(source, 'DEBIAN'), { recursive: true });
      mkdirSync(join(source, 'usr/share'), { recursive: true });
      writeFileSync(join(source, 'DEBIAN/control'), `${control}\n`);
      writeFileSync(join(source, 'usr/share', name), `${name} ${version}\n`);
      mkdirSync(join(path, '..'), { recursive: true });
      run('dpkg-deb', ['--root-owner-group', '-Znone', '--build', source, path]);
    }
    const bytes = readFileSync(path);
    const filename = `pool/main/${name}/${name}_${version}_all.deb`;
    return `${control}\nFilename: ${filename}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\n`;
  }

  #gpg(...args: string[]): void {
    run('gpg', [
      '--homedir',
      this.#home,
      '--batch',
      '--yes',
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      '',
      ...args,
    ]);
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args);
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
