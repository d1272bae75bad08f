import { AshlarError } from '../../../model/error.ts';

/** What depmod knows of a kernel's modules. Names are written with underscores, as `lsmod` does. */
export interface ModuleIndex {
  readonly modules: ReadonlyMap<string, KernelModule>;
  readonly builtIn: ReadonlySet<string>;
  /** What should be loaded before a module though nothing in it says so, by names or aliases (modprobe.d(5), `softdep … pre:`). */
  readonly softBefore: ReadonlyMap<string, readonly string[]>;
  /** The alias patterns (glob(7)) of each module, in the order of `modules.alias`. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
}

export interface KernelModule {
  /** Relative to the directory of the kernel's modules: `kernel/fs/erofs/erofs.ko`. */
  readonly path: string;
  /** What must be loaded before it, in that order. */
  readonly needs: readonly string[];
}

/** The files of `/usr/lib/modules/<release>` that {@link parseModuleIndex} reads. */
export const INDEX_FILES = ['modules.dep', 'modules.builtin', 'modules.alias', 'modules.softdep'] as const;
export type IndexFiles = Record<(typeof INDEX_FILES)[number], string>;

/** Reads depmod's text files (modules.dep(5)). Lines that do not follow the format are a `boot-image-invalid`. */
export function parseModuleIndex(files: IndexFiles): ModuleIndex {
  const modules = new Map<string, KernelModule>();
  for (const line of linesOf(files['modules.dep'])) {
    const [path, needs, ...rest] = line.split(':');
    if (path === undefined || needs === undefined || rest.length > 0) throw malformed('modules.dep', line);
    // depmod writes the last to load first.
    const names = needs.split(' ').filter((need) => need !== '');
    modules.set(moduleName(path), { path, needs: names.map(moduleName).reverse() });
  }
  const aliases = new Map<string, string[]>();
  for (const line of linesOf(files['modules.alias'])) {
    const [keyword, pattern, module, ...rest] = line.split(' ');
    if (keyword !== 'alias' || pattern === undefined || module === undefined || rest.length > 0) {
      throw malformed('modules.alias', line);
    }
    const name = module.replaceAll('-', '_');
    const known = aliases.get(name);
    if (known === undefined) aliases.set(name, [pattern]);
    else known.push(pattern);
  }
  const softBefore = new Map<string, readonly string[]>();
  for (const line of linesOf(files['modules.softdep'])) {
    const [keyword, module, ...rest] = line.split(' ');
    if (keyword !== 'softdep' || module === undefined) throw malformed('modules.softdep', line);
    const before = rest.indexOf('pre:');
    const after = rest.indexOf('post:');
    if (before >= 0)
      softBefore.set(module.replaceAll('-', '_'), rest.slice(before + 1, after > before ? after : undefined));
  }
  return { modules, aliases, softBefore, builtIn: new Set(linesOf(files['modules.builtin']).map(moduleName)) };
}

/** `kernel/drivers/md/dm-verity.ko` is the module `dm_verity`. */
function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/\.ko(\.(xz|zst|gz))?$/, '').replaceAll('-', '_');
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function malformed(file: string, line: string): AshlarError {
  return new AshlarError(
    'boot-image-invalid',
    `A line of the kernel's ${file} is not understood: ${line.slice(0, 200)}`,
    {
      hint: 'Is the kernel package complete? Run the build again; if it stays, report it with the name of the package.',
    },
  );
}
