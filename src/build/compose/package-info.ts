import type { Sha256 } from '../../model/digest.ts';

/** A locked package as the documents of a release describe it. */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The source package it was built from. */
  readonly source: { readonly name: string; readonly version: string };
  /** Short names of licences from its machine-readable copyright file (DEP-5), sorted; empty when the file is free text. */
  readonly licences: readonly string[];
  readonly maintainer: string;
  readonly homepage?: string | undefined;
  /** SHA-256 of the `.deb`. */
  readonly sha256: Sha256;
  /** Kibibytes when installed, as the package says. */
  readonly installedSize: number;
  /** `root` packages are installed in the image; `boot` packages give the loader, the stub and the initrd their files. */
  readonly group: 'root' | 'boot';
  /** Paths of the files and directories that it brought, `/usr/bin/sh`; empty for the group `boot`. */
  readonly files: readonly string[];
}
