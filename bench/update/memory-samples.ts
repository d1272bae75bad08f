/** Memory of the agent at a moment: the proportional set sizes of its processes together (`smaps_rollup`, proc_pid_smaps(5)). */
export interface MemorySample {
  /** Seconds since the guest's start. */
  readonly uptime: number;
  /** Bytes; `anonymous` are heaps and stacks, the rest are pages of files, the program's own above all. */
  readonly pss: number;
  readonly anonymous: number;
}

const KIB = 1024;

/** Where the sampler writes, in the guest. */
export const SAMPLES_PATH = '/run/bench/samples';

/**
 * A shell script that notes the memory of the service `unit`, all its processes, every second. Nothing but the pause is a program of its own: what it costs
 * the guest is a walk over the agent's page tables.
 */
export function samplerScript(unit: string): string {
  return `set -u
while :; do
  read -r up _ </proc/uptime
  pss=0 anon=0
  while read -r pid; do
    while read -r key value _; do
      case $key in
        Pss:) pss=$((pss + value)) ;;
        Pss_Anon:) anon=$((anon + value)) ;;
      esac
    done </proc/$pid/smaps_rollup
  done </sys/fs/cgroup/system.slice/${unit}/cgroup.procs 2>/dev/null
  echo "$up $pss $anon"
  sleep 1
done >>${SAMPLES_PATH}
`;
}

/** Reads what {@link samplerScript} wrote. A moment at which the agent had no process, or one of them ended, counts for nothing. */
export function parseSamples(text: string): MemorySample[] {
  return text.split('\n').flatMap((line) => {
    const [, uptime, pss, anonymous] = /^(\d+\.\d+) (\d+) (\d+)$/.exec(line) ?? [];
    const sample = { uptime: Number(uptime), pss: Number(pss) * KIB, anonymous: Number(anonymous) * KIB };
    return sample.pss > 0 ? [sample] : [];
  });
}

/** The most of `samples` from `from` to `to`, seconds of uptime. Throws RangeError when there is none. */
export function mostBetween(samples: readonly MemorySample[], from: number, to: number): MemorySample {
  const within = samples.filter(({ uptime }) => uptime >= from && uptime <= to);
  const [first] = within;
  if (first === undefined) throw new RangeError(`there is no sample from ${from} to ${to} s`);
  return within.reduce((most, each) => (each.pss > most.pss ? each : most), first);
}
