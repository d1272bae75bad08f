import type { FuzzTarget } from './fuzz-target.ts';

/** Every target by name; loaded when it is run. */
export const TARGETS = {
  definition: () => import('./targets/definition.ts'),
  erofs: () => import('./targets/erofs.ts'),
  gpt: () => import('./targets/gpt.ts'),
  manifest: () => import('./targets/manifest.ts'),
  pe: () => import('./targets/pe.ts'),
  tar: () => import('./targets/tar.ts'),
} satisfies Record<string, () => Promise<{ default: FuzzTarget }>>;

export type TargetName = keyof typeof TARGETS;

export function isTarget(name: string): name is TargetName {
  return Object.hasOwn(TARGETS, name);
}
