import { encodeLoadOption, type LoadOption, parseLoadOption } from '../../formats/efi/load-option.ts';
import { AshlarError } from '../../model/error.ts';
import type { FirmwareVariables } from '../firmware/firmware-variables.ts';

const OPTION = /^Boot([0-9A-F]{4})$/;
const ORDER = 'BootOrder';
const NEXT = 'BootNext';
/** Of 65,536; firmware with so many options has another problem. */
const MAX_OPTIONS = 256;

/** The number of the option with this description; undefined when there is none. */
export function findBootOption(firmware: FirmwareVariables, description: string): number | undefined {
  return optionNumbers(firmware).find((number) => {
    const value = firmware.read(nameOf(number));
    return value !== undefined && parseLoadOption(value)?.description === description;
  });
}

/**
 * The number of the option that starts `wanted`'s program, by its description; it is made, or made to fit, when it is not there. It is in no order: firmware
 * does not start it by itself.
 */
export async function ensureBootOption(firmware: FirmwareVariables, wanted: LoadOption): Promise<number> {
  const taken = optionNumbers(firmware);
  const free = Array.from({ length: MAX_OPTIONS }, (_, number) => number).find((number) => !taken.includes(number));
  const number = findBootOption(firmware, wanted.description) ?? free;
  if (number === undefined) {
    throw new AshlarError(
      'firmware-refused',
      `The firmware has ${taken.length} boot options, and no room for another.`,
      {
        hint: 'Remove those that nobody needs: `efibootmgr` lists them.',
      },
    );
  }
  const value = encodeLoadOption(wanted);
  if (firmware.read(nameOf(number))?.equals(value) !== true) await firmware.write(nameOf(number), value);
  return number;
}

/** The option is started the next time, and that once. */
export async function startOnce(firmware: FirmwareVariables, number: number): Promise<void> {
  await firmware.write(NEXT, numbersToBytes([number]));
}

/** The option is started before all others. */
export async function startFirst(firmware: FirmwareVariables, number: number): Promise<void> {
  const order = bootOrder(firmware);
  if (order[0] !== number)
    await firmware.write(ORDER, numbersToBytes([number, ...order.filter((other) => other !== number)]));
}

/** The option is started only when it is asked for. */
export async function startNever(firmware: FirmwareVariables, number: number): Promise<void> {
  const order = bootOrder(firmware);
  const rest = order.filter((other) => other !== number);
  if (rest.length === order.length) return;
  if (rest.length === 0) await firmware.remove(ORDER);
  else await firmware.write(ORDER, numbersToBytes(rest));
}

function bootOrder(firmware: FirmwareVariables): number[] {
  const bytes = firmware.read(ORDER) ?? Buffer.alloc(0);
  return Array.from({ length: Math.floor(bytes.length / 2) }, (_, index) => bytes.readUInt16LE(index * 2));
}

function optionNumbers(firmware: FirmwareVariables): number[] {
  return firmware.list().flatMap((name) => {
    const digits = OPTION.exec(name)?.[1];
    return digits === undefined ? [] : [Number.parseInt(digits, 16)];
  });
}

function nameOf(number: number): string {
  return `Boot${number.toString(16).toUpperCase().padStart(4, '0')}`;
}

function numbersToBytes(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 2);
  for (const [index, number] of numbers.entries()) bytes.writeUInt16LE(number, index * 2);
  return bytes;
}
