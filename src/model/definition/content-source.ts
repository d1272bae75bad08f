import * as z from 'zod';
import { explain, show } from './explain.ts';
import { strict } from './strict.ts';

/** A value that a template can show. */
const templateValue = z.union([z.string(), z.number(), z.boolean()]);

/** A file beside the definition, named relative to it. That it exists and lies inside is checked when it is read. */
export const sourcePath = z.string().refine((path) => path !== '' && !path.startsWith('/') && !path.includes('\0'), {
  error: (issue) =>
    explain(
      `${show(issue.input)} is not a path relative to the definition`,
      "write where it lies beside the definition: './motd'",
    ),
});

/** The keys that say what is in a file: exactly one of `content`, `base64`, `from`, `template`. */
export const contentKeys = {
  content: z.string().optional().describe('The text of the file.'),
  base64: z.base64().optional().describe('The bytes of the file in base64.'),
  from: sourcePath.optional().describe("A file to copy, relative to the definition and inside its folder: `'./motd'`."),
  template: sourcePath
    .optional()
    .describe(
      'A text file relative to the definition in which each `{{ name }}` is replaced by that entry of `values`.',
    ),
  values: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), templateValue)
    .optional()
    .describe('What the names in `template` stand for.'),
};

/** What is in a file, before anything has been read. */
export type ContentSource =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'from'; readonly path: string }
  | {
      readonly kind: 'template';
      readonly path: string;
      readonly values: Readonly<Record<string, string | number | boolean>>;
    };

type ContentKeys = z.output<z.ZodObject<typeof contentKeys>>;

/** Which of {@link contentKeys} are set, of the four that exclude each other. */
export function contentKeysSet(entry: ContentKeys): string[] {
  return (['content', 'base64', 'from', 'template'] as const).filter((key) => entry[key] !== undefined);
}

/** The source that `entry` names, or undefined when it names none. */
export function contentSource(entry: ContentKeys): ContentSource | undefined {
  if (entry.content !== undefined) return { kind: 'bytes', bytes: Buffer.from(entry.content, 'utf8') };
  if (entry.base64 !== undefined) return { kind: 'bytes', bytes: Buffer.from(entry.base64, 'base64') };
  if (entry.from !== undefined) return { kind: 'from', path: entry.from };
  if (entry.template !== undefined) return { kind: 'template', path: entry.template, values: entry.values ?? {} };
  return undefined;
}

/** The complaint when not exactly one of the keys is set (`orElse` names what else would do), or undefined. */
export function contentProblem(entry: ContentKeys, others: readonly string[], required: boolean): string | undefined {
  const set = [...contentKeysSet(entry), ...others];
  if (set.length > 1) {
    return explain(`the content is given ${set.length} times: ${set.join(', ')}`, 'keep one of them');
  }
  if (set.length === 0 && required) {
    return explain('nothing says what is in the file', 'give one of content, base64, from, template');
  }
  if (entry.values !== undefined && entry.template === undefined) {
    return explain('there are values but no template', 'name the file with template, or remove values');
  }
  return undefined;
}

/** Text is short for `{ content: text }`; the output is a {@link ContentSource}. */
export const textOrSource = z
  .union([
    z.string(),
    strict(contentKeys).check((context) => {
      const message = contentProblem(context.value, [], true);
      if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
    }),
  ])
  .transform((entry): ContentSource => contentSource(typeof entry === 'string' ? { content: entry } : entry)!);
