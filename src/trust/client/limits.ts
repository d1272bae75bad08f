/**
 * What an attacker who owns the server can make a device fetch: TUF leaves these numbers to the application (5.3.3 “W”, 5.4.1 “X”, 5.5.1 “Y”, 5.6.1
 * “Z”). A root of 20 keys has 6 kB; a channel of a thousand releases has 0.6 MB.
 */
export const MAX_METADATA_BYTES = {
  root: 256 << 10,
  timestamp: 16 << 10,
  snapshot: 1 << 20,
  targets: 8 << 20,
} as const;

/** Rotations of root that are followed in one refresh (5.3.3 “Y”); a device that is further behind goes on with the next. */
export const MAX_ROOT_ROTATIONS = 256;

/** Roles that one search may visit (5.6.7.1): channels, and what they delegate to. */
export const MAX_VISITED_ROLES = 32;
