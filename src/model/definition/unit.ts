import * as z from 'zod';
import { closest } from '../closest.ts';
import { type ContentSource, contentKeys, contentProblem, contentSource } from './content-source.ts';
import { explain, show } from './explain.ts';
import { strict } from './strict.ts';

const UNIT_TYPES = ['service', 'socket', 'timer', 'path', 'mount', 'automount', 'swap', 'target', 'slice'] as const;

/** systemd's UNIT_NAME_MAX. */
const MAX_UNIT_NAME = 255;

/** The full name of a unit (systemd.unit(5)): `nginx.service`, `getty@tty1.service`. */
export const unitName = z
  .string()
  .max(MAX_UNIT_NAME)
  .check((context) => {
    const name = context.value;
    const [, type] = /\.([^.]*)$/.exec(name) ?? [];
    const complain = (hint: string): void => {
      context.issues.push({
        code: 'custom',
        input: name,
        message: explain(`${show(name)} is not the name of a unit`, hint),
      });
    };
    if (type === undefined) complain(`write it with its type: "${name}.service"`);
    else if (!UNIT_TYPES.some((known) => known === type)) {
      const meant = closest(type, UNIT_TYPES);
      complain(
        meant === undefined
          ? `end it with a type: ${UNIT_TYPES.map((known) => `.${known}`).join(', ')}`
          : `did you mean "${name.slice(0, -type.length)}${meant}"?`,
      );
    } else if (!/^[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]*)?\.[a-z]+$/.test(name)) {
      complain('use letters, digits and ":-_.\\", with at most one "@" that is not the first character');
    }
  });

const line = z.string().refine((text) => !/[\n\r\0]/.test(text), {
  error: explain('a setting of a unit is one line', 'remove the line break, or give a list to repeat the setting'),
});
const setting = z.union([line, z.number(), z.boolean()]);

const section = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, {
      error: (issue) =>
        explain(`${show(issue.input)} is not the name of a setting`, 'write it as in systemd.directives(7)'),
    }),
    z.union([setting, z.array(setting)]),
  )
  .describe('Settings of this section; a list repeats the setting, true and false become yes and no.');

/** Sections in the order in which they are written. */
const SECTIONS = [
  'Unit',
  'Service',
  'Socket',
  'Timer',
  'Path',
  'Mount',
  'Automount',
  'Swap',
  'Slice',
  'Install',
] as const;
type SectionName = (typeof SECTIONS)[number];
type Section = z.output<typeof section>;

const sectionKeys = Object.fromEntries(SECTIONS.map((name) => [name, section.optional()])) as Record<
  SectionName,
  z.ZodOptional<typeof section>
>;

/** A unit file's text (systemd.syntax(7)) from sections given as data. */
function renderSections(entry: Partial<Record<SectionName, Section | undefined>>): string {
  const text = (value: string | number | boolean): string =>
    typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  return SECTIONS.filter((name) => entry[name] !== undefined)
    .map((name) => {
      const lines = Object.entries(entry[name]!).flatMap(([key, value]) =>
        (Array.isArray(value) ? value : [value]).map((one) => `${key}=${text(one)}\n`),
      );
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}

const body = { ...contentKeys, ...sectionKeys };
type Body = z.output<z.ZodObject<typeof body>>;

function bodyProblem(entry: Body, required: boolean): string | undefined {
  const sections = SECTIONS.filter((name) => entry[name] !== undefined);
  return contentProblem(entry, sections.length > 0 ? [sections.join('+')] : [], required);
}

function bodySource(entry: Body): ContentSource | undefined {
  const sections = renderSections(entry);
  return sections === '' ? contentSource(entry) : contentSource({ content: sections });
}

const dropIn = z
  .union([
    z.string(),
    strict(body).check((context) => {
      const message = bodyProblem(context.value, true);
      if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
    }),
  ])
  .transform((entry): ContentSource => bodySource(typeof entry === 'string' ? { content: entry } : entry)!);

const dropInName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]*\.conf$/, {
  error: (issue) =>
    explain(`${show(issue.input)} is not the name of a drop-in`, 'end it with ".conf": "10-limits.conf"'),
});

const unitEntry = z
  .union([
    z.string(),
    strict({
      ...body,
      enable: z.boolean().optional().describe('Start it at boot as its [Install] section says (true), or not (false).'),
      mask: z.boolean().default(false).describe('Make it impossible to start. Default: false.'),
      dropIns: z
        .record(dropInName, dropIn)
        .default({})
        .describe("Drop-ins by file name: changes laid over the unit, also over a package's. Text, or as for units."),
    }).check((context) => {
      const message = bodyProblem(context.value, false);
      if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
    }),
  ])
  .transform((entry) => {
    if (typeof entry === 'string') {
      return { source: contentSource({ content: entry }), enable: undefined, mask: false, dropIns: {} };
    }
    return { source: bodySource(entry), enable: entry.enable, mask: entry.mask, dropIns: entry.dropIns };
  });

export const units = z
  .record(unitName, unitEntry)
  .default({})
  .describe(
    "systemd units by name (`hello.service`, `backup.timer`): as text, from a file, or as sections. Without content, the entry is about a package's unit: enable, mask, drop-ins.",
  );
