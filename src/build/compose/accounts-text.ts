/** A line of passwd(5) or group(5) by its fields, or a line that is none. */
export type AccountLine = readonly string[];

const NAME = 0;
const ID = 2;
const PRIMARY_GROUP = 3;

/** The lines of passwd(5) or group(5), fields apart. */
export function parseAccounts(text: string): AccountLine[] {
  return text.split('\n').map((line) => line.split(':'));
}

/** Names and numbers of the accounts in the lines, in their order; lines that are no account are passed over. */
export function accountIds(lines: readonly AccountLine[]): [name: string, id: number][] {
  return lines.flatMap((line): [string, number][] => {
    const [name, id] = [line[NAME] ?? '', line[ID] ?? ''];
    return name === '' || !/^\d+$/.test(id) ? [] : [[name, Number(id)]];
  });
}

/** passwd(5) with user and primary group ids renumbered. */
export function renumberPasswd(lines: readonly AccountLine[], users: IdMap, groups: IdMap): string {
  return lines.map((line) => renumberFields(line, { [ID]: users, [PRIMARY_GROUP]: groups }).join(':')).join('\n');
}

/** group(5) with group ids renumbered. */
export function renumberGroup(lines: readonly AccountLine[], groups: IdMap): string {
  return lines.map((line) => renumberFields(line, { [ID]: groups }).join(':')).join('\n');
}

/** Old ids to new ones; ids that keep their number need not be in it. */
export type IdMap = ReadonlyMap<number, number>;

function renumberFields(line: AccountLine, maps: Readonly<Record<number, IdMap>>): string[] {
  return line.map((field, index) => {
    const renumbered = /^\d+$/.test(field) ? maps[index]?.get(Number(field)) : undefined;
    return renumbered === undefined ? field : String(renumbered);
  });
}
