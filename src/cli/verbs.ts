import type { SealedVerb } from './verb.ts';

/** A verb before it is loaded: enough for `ashlar --help`. Loading costs imports, so only the one that is called is loaded. */
export interface VerbEntry {
  /** One word, or two for a group: `fs ls`. */
  readonly name: string;
  readonly group: 'author' | 'release' | 'plumbing';
  readonly summary: string;
  readonly load: () => Promise<{ readonly default: SealedVerb }>;
}

/** Every verb, in the order of the help: as a person would come to need them. */
export const VERBS: readonly VerbEntry[] = [
  {
    name: 'init',
    group: 'author',
    summary: 'Write a first definition',
    load: () => import('./init.ts'),
  },
  {
    name: 'lock',
    group: 'author',
    summary: 'Resolve the packages of a definition to exact versions',
    load: () => import('./lock.ts'),
  },
  {
    name: 'build',
    group: 'author',
    summary: 'Build a definition into a release: image, hash tree, boot image and documents',
    load: () => import('./build.ts'),
  },
  {
    name: 'inspect',
    group: 'author',
    summary: 'Show what a release is, and its attack surface',
    load: () => import('./inspect.ts'),
  },
  {
    name: 'diff',
    group: 'author',
    summary: 'Show what differs between two releases, or two locks',
    load: () => import('./diff.ts'),
  },
  {
    name: 'verify',
    group: 'author',
    summary: 'Check a release or a disk, every block of it',
    load: () => import('./verify.ts'),
  },
  {
    name: 'image',
    group: 'author',
    summary: 'Make a disk of a release: raw, qcow2, vmdk or vhd',
    load: () => import('./image.ts'),
  },
  {
    name: 'run',
    group: 'author',
    summary: 'Boot a definition, a release or a disk in a virtual machine',
    load: () => import('./run.ts'),
  },
  {
    name: 'preflight',
    group: 'author',
    summary: 'Try a release in virtual machines: boot it, update to it, break it, go back',
    load: () => import('./preflight.ts'),
  },
  {
    name: 'trust init',
    group: 'release',
    summary: 'Make the keys of a repository, and its first metadata',
    load: () => import('./trust-init.ts'),
  },
  {
    name: 'trust status',
    group: 'release',
    summary: 'Show who can sign what, and when what is signed expires',
    load: () => import('./trust-status.ts'),
  },
  {
    name: 'trust refresh',
    group: 'release',
    summary: 'Sign what expires soon anew',
    load: () => import('./trust-refresh.ts'),
  },
  {
    name: 'trust rotate',
    group: 'release',
    summary: 'Replace, add or take away keys that may sign',
    load: () => import('./trust-rotate.ts'),
  },
  {
    name: 'trust channel',
    group: 'release',
    summary: 'Add or remove a channel, or say whether it requires preflight',
    load: () => import('./trust-channel.ts'),
  },
  {
    name: 'trust floor',
    group: 'release',
    summary: 'Set the version of a system below which nothing is installed',
    load: () => import('./trust-floor.ts'),
  },
  {
    name: 'trust key',
    group: 'release',
    summary: 'Make a key of one’s own, to sign together with others',
    load: () => import('./trust-key.ts'),
  },
  {
    name: 'trust sign',
    group: 'release',
    summary: 'Sign a change that was prepared elsewhere, without network or repository',
    load: () => import('./trust-sign.ts'),
  },
  {
    name: 'trust apply',
    group: 'release',
    summary: 'Publish a change that others have signed',
    load: () => import('./trust-apply.ts'),
  },
  {
    name: 'trust secure-boot',
    group: 'release',
    summary: 'Make or rotate the keys that firmware checks loader and boot image with',
    load: () => import('./trust-secure-boot.ts'),
  },
  {
    name: 'publish',
    group: 'release',
    summary: 'Put releases into a channel of a repository',
    load: () => import('./publish.ts'),
  },
  {
    name: 'promote',
    group: 'release',
    summary: 'Put a release of one channel into another, as it is',
    load: () => import('./promote.ts'),
  },
  {
    name: 'withdraw',
    group: 'release',
    summary: 'Take a release out of a channel',
    load: () => import('./withdraw.ts'),
  },
  {
    name: 'repo serve',
    group: 'release',
    summary: 'Serve a repository over HTTP, for development',
    load: () => import('./repo-serve.ts'),
  },
  {
    name: 'repo gc',
    group: 'release',
    summary: 'Show, or remove, what a repository no longer needs',
    load: () => import('./repo-gc.ts'),
  },
  {
    name: 'fs create',
    group: 'plumbing',
    summary: 'Make an EROFS image of a directory or a tar archive',
    load: () => import('./fs-create.ts'),
  },
  {
    name: 'fs ls',
    group: 'plumbing',
    summary: 'List what is in an image',
    load: () => import('./fs-ls.ts'),
  },
  {
    name: 'fs cat',
    group: 'plumbing',
    summary: 'Print a file of an image',
    load: () => import('./fs-cat.ts'),
  },
  {
    name: 'fs extract',
    group: 'plumbing',
    summary: 'Unpack an image, or a path of it',
    load: () => import('./fs-extract.ts'),
  },
  {
    name: 'fs check',
    group: 'plumbing',
    summary: 'Read all of an image and report what is wrong',
    load: () => import('./fs-check.ts'),
  },
  {
    name: 'fs verity',
    group: 'plumbing',
    summary: 'Make the hash tree that the kernel checks an image against',
    load: () => import('./fs-verity.ts'),
  },
];
