import { AshlarError } from '../../../model/error.ts';
import type { ModuleIndex } from './module-index.ts';
import { ACCELERATORS, ROOT_MODULES, STORAGE_DRIVERS } from './storage-drivers.ts';
import { WATCHDOG_DRIVERS } from './watchdog-drivers.ts';

/** Which modules a boot image carries, and when the initrd loads them. Each list is in the order of loading. */
export interface ModulePlan {
  /** Loaded before those of `root`, each only if it can be: which checksum code fits is for the processor to say. */
  readonly soft: readonly string[];
  /** Loaded on every start. */
  readonly root: readonly string[];
  readonly accelerators: readonly { readonly module: string; readonly flags: readonly string[] }[];
  readonly drivers: readonly PlannedDriver[];
  /** Loaded for making and growing /var. */
  readonly loop: readonly string[];
  /** Loaded to ask the loader, and to leave the reason of a failure. */
  readonly efivarfs: readonly string[];
  /** Loaded so that the kernel keeps the words of a panic in an EFI variable; empty when it has no such module. */
  readonly pstore: readonly string[];
  /** Loaded, when the hardware is there, for a root that asks for a watchdog. */
  readonly watchdogs: readonly PlannedDriver[];
}

export interface PlannedDriver {
  readonly module: string;
  /** With what it needs, itself last. */
  readonly load: readonly string[];
  /** Patterns (glob(7)) of the hardware that wants it. */
  readonly aliases: readonly string[];
}

/** Buses whose devices the initrd sees in sysfs. Other aliases are of file systems, devices' numbers and the like. */
const HARDWARE = /^(pci|virtio|scsi|usb|acpi\*?|vmbus|xen|mmc|of|platform):/;
/** Aliases become patterns of a shell script: nothing else may be in them. */
const SAFE_ALIAS = /^[A-Za-z0-9_*?:[\],.+-]+$/;

/** Chooses from a kernel's modules. Throws `kernel-unfit` when the kernel lacks something that every start needs. */
export function planModules(index: ModuleIndex, kernelRelease: string): ModulePlan {
  const required = (module: string): string[] => {
    const load = closure(index, module);
    if (load !== undefined) return load;
    throw new AshlarError('kernel-unfit', `The kernel ${kernelRelease} has no ${module}, which booting needs.`, {
      hint: "Choose another kernel in the definition: Debian's `cloud` and `generic` have it.",
    });
  };
  const planned = (module: string, aliases?: RegExp): PlannedDriver[] => {
    const load = closure(index, module);
    if (load === undefined || load.length === 0) return [];
    const patterns = (index.aliases.get(module) ?? []).filter(
      (alias) => HARDWARE.test(alias) && SAFE_ALIAS.test(alias) && (aliases?.test(alias) ?? true),
    );
    return patterns.length === 0 ? [] : [{ module, load, aliases: patterns }];
  };
  const root = [...new Set(ROOT_MODULES.flatMap(required))];
  return {
    soft: softModules(index, root),
    root,
    accelerators: ACCELERATORS.filter(({ module }) => index.modules.has(module)),
    drivers: STORAGE_DRIVERS.flatMap(({ module, aliases }) => planned(module, aliases)),
    loop: required('loop'),
    efivarfs: required('efivarfs'),
    pstore: closure(index, 'efi_pstore') ?? [],
    watchdogs: WATCHDOG_DRIVERS.flatMap(({ module }) => planned(module)),
  };
}

/** Every module of the plan, sorted. */
export function plannedModules(plan: ModulePlan): string[] {
  const all = [
    ...plan.soft,
    ...plan.root,
    ...plan.accelerators.map(({ module }) => module),
    ...plan.drivers.flatMap(({ load }) => load),
    ...plan.loop,
    ...plan.efivarfs,
    ...plan.pstore,
    ...plan.watchdogs.flatMap(({ load }) => load),
  ];
  return [...new Set(all)].sort();
}

/** The modules that those of `root` want before them, by name or alias, with what they need. Generic code comes first. */
function softModules(index: ModuleIndex, root: readonly string[]): string[] {
  // What is built in may ask as well: ext4 in a kernel whose checksum code is a module.
  const wanted = new Set([...ROOT_MODULES, ...root].flatMap((module) => index.softBefore.get(module) ?? []));
  const found = [...index.modules.keys()].filter(
    (module) => wanted.has(module) || index.aliases.get(module)?.some((alias) => wanted.has(alias)),
  );
  const genericFirst = found.sort((a, b) => Number(b.endsWith('_generic')) - Number(a.endsWith('_generic')));
  return [...new Set(genericFirst.flatMap((module) => closure(index, module) ?? []))];
}

/** `module` after what it needs; empty when it is built in, undefined when the kernel does not have it. */
function closure(index: ModuleIndex, module: string): string[] | undefined {
  if (index.builtIn.has(module)) return [];
  const found = index.modules.get(module);
  if (found === undefined) return undefined;
  // depmod lists all that is needed, also what is needed by what is needed.
  return [...found.needs, module];
}
