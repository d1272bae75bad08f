import type { DeviceReport } from '../../model/device-report.ts';
import { GLOBAL_VENDOR, readEfiVariable } from './efi-variable.ts';

/** Whether the firmware starts only what is signed (UEFI 2.10, 3.3: SecureBoot is 1 and SetupMode 0). */
export function bootChain(efiVariables: string): DeviceReport['verified']['bootChain'] {
  const secureBoot = readEfiVariable(efiVariables, `SecureBoot-${GLOBAL_VENDOR}`)?.[0];
  const setupMode = readEfiVariable(efiVariables, `SetupMode-${GLOBAL_VENDOR}`)?.[0];
  if (secureBoot === undefined) return 'unknown';
  return secureBoot === 1 && setupMode !== 1 ? 'enforced' : 'not-enforced';
}
