import type { FuzzTarget } from './fuzz-target.ts';

/** Every target by name: the module whose default export it is. */
export const TARGETS = {
  'agent-socket': new URL('./targets/agent-socket.ts', import.meta.url),
  attestation: new URL('./targets/attestation.ts', import.meta.url),
  blockmap: new URL('./targets/blockmap.ts', import.meta.url),
  'boot-evidence': new URL('./targets/boot-evidence.ts', import.meta.url),
  'boot-names': new URL('./targets/boot-names.ts', import.meta.url),
  'boot-signature': new URL('./targets/boot-signature.ts', import.meta.url),
  cpio: new URL('./targets/cpio.ts', import.meta.url),
  definition: new URL('./targets/definition.ts', import.meta.url),
  elf: new URL('./targets/elf.ts', import.meta.url),
  erofs: new URL('./targets/erofs.ts', import.meta.url),
  esp: new URL('./targets/esp.ts', import.meta.url),
  gpt: new URL('./targets/gpt.ts', import.meta.url),
  journal: new URL('./targets/journal.ts', import.meta.url),
  'load-option': new URL('./targets/load-option.ts', import.meta.url),
  lock: new URL('./targets/lock.ts', import.meta.url),
  manifest: new URL('./targets/manifest.ts', import.meta.url),
  'oci-auth-file': new URL('./targets/oci-auth-file.ts', import.meta.url),
  'oci-document': new URL('./targets/oci-document.ts', import.meta.url),
  'oci-reference': new URL('./targets/oci-reference.ts', import.meta.url),
  pe: new URL('./targets/pe.ts', import.meta.url),
  'signature-list': new URL('./targets/signature-list.ts', import.meta.url),
  tar: new URL('./targets/tar.ts', import.meta.url),
  'trust-metadata': new URL('./targets/trust-metadata.ts', import.meta.url),
  'update-config': new URL('./targets/update-config.ts', import.meta.url),
} as const;

export type TargetName = keyof typeof TARGETS;

export function isTarget(name: string): name is TargetName {
  return Object.hasOwn(TARGETS, name);
}

/** Loads the target of a module. */
export async function loadTarget(module: string | URL): Promise<FuzzTarget> {
  const { default: target } = (await import(String(module))) as { default: FuzzTarget };
  return target;
}
