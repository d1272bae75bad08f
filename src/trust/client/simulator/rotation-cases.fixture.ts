/** One version of a role: the numbers of its keys, how many must sign, and who has signed. */
export interface RoleVersion {
  readonly keys: readonly number[];
  readonly threshold: number;
  readonly signatures: readonly number[];
}

/** Successive roots; the last one is believed or not. */
export interface RootRotation {
  readonly name: string;
  readonly versions: readonly RoleVersion[];
  readonly believed: boolean;
}

const of = (keys: readonly number[], threshold: number, signatures: readonly number[]): RoleVersion => ({
  keys,
  threshold,
  signatures,
});
const FIVE = [0, 1, 2, 3, 4];
const ONE_OTHER = [0, 1, 3, 4, 5];

/** tuf-conformance, `test_root_rotation`. */
export const ROOT_ROTATIONS: readonly RootRotation[] = [
  {
    name: 'one key for another',
    versions: [of([1], 1, [1]), of([2], 1, [2, 1]), of([2], 1, [2])],
    believed: true,
  },
  {
    name: 'one key for another, with signatures that nobody needs',
    versions: [of([1], 1, [3, 1, 4]), of([2], 1, [3, 2, 1, 4]), of([2], 1, [3, 2, 4])],
    believed: true,
  },
  {
    name: '3 of 5, by changing threes',
    versions: [of(FIVE, 3, [0, 2, 4]), of(FIVE, 3, [0, 4, 1]), of(FIVE, 3, [0, 1, 3]), of(FIVE, 3, [0, 1, 3])],
    believed: true,
  },
  { name: '3 of 5, one replaced', versions: [of(FIVE, 3, [0, 2, 4]), of(ONE_OTHER, 3, [0, 4, 1])], believed: true },
  {
    name: '3 of 5, one replaced, in two steps',
    versions: [of(FIVE, 3, [0, 2, 4]), of(ONE_OTHER, 3, [0, 2, 4, 5]), of(ONE_OTHER, 3, [0, 4, 5])],
    believed: true,
  },
  {
    name: '3 of 5, all replaced',
    versions: [of(FIVE, 3, [0, 2, 4]), of([5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]), of([5, 6, 7, 8, 9], 3, [5, 6, 7])],
    believed: true,
  },
  { name: 'from 1 of 3 to 2 of 3', versions: [of([1, 2, 3], 1, [1]), of([1, 2, 3], 2, [1, 2])], believed: true },
  {
    name: 'from 2 of 3 to 1 of 3',
    versions: [of([1, 2, 3], 2, [1, 2]), of([1, 2, 3], 1, [1, 2]), of([1, 2, 3], 1, [1])],
    believed: true,
  },
  { name: 'from 1 of 1 to 2 of 2', versions: [of([1], 1, [1]), of([1, 2], 2, [1, 2])], believed: true },
  { name: 'not signed by the old key', versions: [of([1], 1, [1]), of([2], 1, [2, 3, 4])], believed: false },
  { name: 'not signed by the new key', versions: [of([1], 1, [1]), of([2], 1, [1, 3, 4])], believed: false },
  {
    name: 'not signed by three of the new keys',
    versions: [of(FIVE, 3, [0, 2, 4]), of(ONE_OTHER, 3, [0, 2, 4])],
    believed: false,
  },
  {
    name: 'not signed by three of the old keys',
    versions: [of(FIVE, 3, [0, 2, 4]), of(ONE_OTHER, 3, [0, 4, 5])],
    believed: false,
  },
  {
    name: 'a greater threshold, not reached',
    versions: [of([1, 2, 3], 1, [1]), of([1, 2, 3], 2, [2])],
    believed: false,
  },
  {
    name: 'a smaller threshold, the old one not reached',
    versions: [of([1, 2, 3], 2, [1, 2]), of([1, 2, 3], 1, [1])],
    believed: false,
  },
];

/** tuf-conformance, `test_non_root_rotations`: the second version of timestamp, snapshot and targets. */
export const ROLE_ROTATIONS: readonly (RoleVersion & { readonly name: string; readonly believed: boolean })[] = [
  { name: 'one key for another', ...of([2], 1, [2]), believed: true },
  { name: 'with signatures that nobody needs', ...of([1], 1, [3, 1, 4]), believed: true },
  { name: 'not signed by the new key', ...of([2], 1, [1, 3, 4]), believed: false },
  { name: '3 of 5, one of them by another key', ...of(ONE_OTHER, 3, [0, 2, 4]), believed: false },
  { name: '3 of 5, signed by two', ...of(ONE_OTHER, 3, [0, 4]), believed: false },
  { name: '3 of 5, a first three', ...of(FIVE, 3, [0, 2, 4]), believed: true },
  { name: '3 of 5, a second', ...of(FIVE, 3, [0, 4, 1]), believed: true },
  { name: '3 of 5, a third', ...of(FIVE, 3, [0, 1, 3]), believed: true },
  { name: '3 of 5, a fourth', ...of(FIVE, 3, [1, 2, 3]), believed: true },
  { name: '3 of 5, a fifth', ...of(FIVE, 3, [2, 3, 4]), believed: true },
];
