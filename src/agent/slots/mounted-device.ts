/**
 * The device, `254:1`, of the file system of type `type` that is mounted at `mountPoint`, by the text of /proc/self/mountinfo (proc(5));
 * undefined when there is none. Of several, one over the other, the last one is seen.
 */
export function mountedDevice(mountInfo: string, mountPoint: string, type: string): string | undefined {
  const devices = mountInfo.split('\n').flatMap((line) => {
    const [own = '', rest = ''] = line.split(' - ');
    const [, , device, , point] = own.split(' ');
    return point === mountPoint && rest.split(' ')[0] === type && device !== undefined ? [device] : [];
  });
  return devices.at(-1);
}
