import { readFileSync } from 'node:fs';
import { parseImageGeneration } from '../../model/image-generation.ts';
import { parseUpdateConfig } from '../../model/update-config.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import { limitBandwidth } from '../../store/transport/bandwidth-limit.ts';
import { SYSTEM_CLOCK } from '../../store/transport/clock.ts';
import { openRepository } from '../../store/transport/open-repository.ts';
import { directoryTrustStore } from '../../trust/client/trust-store.ts';
import type { DevicePaths } from '../device-paths.ts';
import { openBlockDevice } from '../slots/open-block-device.ts';
import { openEspFolder } from '../slots/open-esp-folder.ts';
import { runOnDevice } from '../system/run-on-device.ts';
import type { Device } from './device.ts';
import { deviceClock } from './device-clock.ts';
import { readRunning } from './read-running.ts';
import type { ReportProgress } from './work-progress.ts';

const FOLDER_MODE = 0o700;

/** The machine that this process runs on. Throws `update-config-invalid`, `manifest-invalid`, `system-unsupported`. */
export function openDevice(paths: DevicePaths, progress: ReportProgress): Device {
  makeDirectory(paths.state, FOLDER_MODE);
  const config = parseUpdateConfig(readFileSync(paths.config));
  const image = parseImageGeneration(readFileSync(paths.imageGeneration));
  const { generation, disk } = readRunning(paths);
  const rate = config.bandwidthBytesPerSecond;
  const bandwidth = rate === undefined ? {} : { bandwidth: limitBandwidth(rate, SYSTEM_CLOCK) };
  return {
    paths,
    config,
    image,
    running: generation,
    bootId: readFileSync(paths.bootId, 'latin1').trim(),
    trust: directoryTrustStore(paths.trust),
    run: runOnDevice,
    async withDisk(use) {
      using device = openBlockDevice(disk);
      return await use({ device, esp: openEspFolder(paths.esp), running: generation.rootHash });
    },
    openSource: (place) => openRepository(place, bandwidth),
    now: deviceClock(paths.lastSeen, image.created * 1000),
    random: Math.random,
    progress,
    log: (line) => process.stderr.write(`${line}\n`),
  };
}
