import type { ModulePlan } from './module-plan.ts';

/**
 * The plan as shell code that `/init` reads: which modules to load, and functions that know hardware by the patterns of its
 * aliases. The shell's `case` patterns and those of depmod are the same (glob(7)).
 */
export function moduleScript(plan: ModulePlan): string {
  const { accelerators } = plan;
  const drivers = [...plan.drivers, ...plan.watchdogs];
  return `# Made at build time from the kernel's modules.dep and modules.alias.
soft_modules='${plan.soft.join(' ')}'
root_modules='${plan.root.join(' ')}'
loop_modules='${plan.loop.join(' ')}'
efivarfs_modules='${plan.efivarfs.join(' ')}'
pstore_modules='${plan.pstore.join(' ')}'
storage_drivers='${names(plan.drivers)}'
watchdog_drivers='${names(plan.watchdogs)}'

# The modules of an accelerator, when the processor has one of its flags.
accelerators_for() {
${accelerators.map(({ module, flags }) => `  case $1 in ${flags.map((flag) => `*' ${flag} '*`).join('|')}) echo ${module} ;; esac\n`).join('')}  :
}

# Adds the driver that the hardware with the alias $1 wants to $wanted.
want_driver_for() {
  case $1 in
${drivers.map(({ module, aliases }) => `    ${aliases.join('|')}) wanted="\${wanted}${module} " ;;\n`).join('')}    *) ;;
  esac
}

# The modules of the driver $1, in the order of loading.
modules_of() {
  case $1 in
${drivers.map(({ module, load }) => `    ${module}) echo '${load.join(' ')}' ;;\n`).join('')}    *) ;;
  esac
}
`;
}

const names = (drivers: ModulePlan['drivers']): string => drivers.map(({ module }) => module).join(' ');
