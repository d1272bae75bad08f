import { AshlarError } from '../../model/error.ts';
import { quoted } from './oci-errors.ts';

/** What an image runs on, in the words of Go's GOOS and GOARCH (image-spec, image-index.md). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** Which kind of the architecture: `v8` for arm64. Absent where the architecture has but one. */
  readonly variant: string | undefined;
}

const PART = /^[a-z0-9][a-z0-9._-]{0,31}$/;
/** The order of 32-bit ARM: a newer processor runs what is for the older. */
const ARM = ['v5', 'v6', 'v7', 'v8'];

/** Reads `linux/amd64` or `linux/arm64/v8`. Throws `usage`. */
export function parsePlatform(text: string): Platform {
  const [os = '', architecture = '', variant, more] = text.split('/');
  const parts = variant === undefined ? [os, architecture] : [os, architecture, variant];
  if (more === undefined && parts.every((part) => PART.test(part))) return normalized({ os, architecture, variant });
  throw new AshlarError('usage', `${quoted(text)} is not a platform.`, {
    hint: 'Write system and architecture: linux/amd64, linux/arm64.',
  });
}

export function platformText({ os, architecture, variant }: Platform): string {
  return `${os}/${architecture}${variant === undefined ? '' : `/${variant}`}`;
}

/** arm64 has one variant, v8, which may be left out; `arm` without one is v7 (containerd's normalisation, which the image tools share). */
export function normalized({ os, architecture, variant }: Platform): Platform {
  if (architecture === 'arm64' && variant === 'v8') return { os, architecture, variant: undefined };
  if (architecture === 'arm' && variant === undefined) return { os, architecture, variant: 'v7' };
  if (architecture === 'amd64' && variant === 'v1') return { os, architecture, variant: undefined };
  return { os, architecture, variant };
}

/**
 * How well an image for `offered` runs on `wanted`: 0 as wanted, higher is worse, undefined not at all. Of variants only those at most as new run: `arm/v6` on `arm/v7`, plain
 * `amd64` on `amd64/v3`, and of those the newest is best.
 */
export function platformDistance(wanted: Platform, offered: Platform): number | undefined {
  const [want, offer] = [normalized(wanted), normalized(offered)];
  if (want.os !== offer.os || want.architecture !== offer.architecture) return undefined;
  const distance = levelOf(want) - levelOf(offer);
  if (Number.isNaN(distance)) return want.variant === offer.variant ? 0 : undefined;
  return distance < 0 ? undefined : distance;
}

function levelOf({ architecture, variant }: Platform): number {
  if (architecture === 'arm') return ARM.includes(variant ?? '') ? ARM.indexOf(variant ?? '') : Number.NaN;
  const match = /^v(\d)(?:\.(\d))?$/.exec(variant ?? BASE_VARIANT[architecture] ?? '');
  return match === null ? Number.NaN : Number(match[1]) * 10 + Number(match[2] ?? 0);
}

/** What an architecture without a variant is. */
const BASE_VARIANT: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8' };
