import { closest } from '../../model/closest.ts';
import type { Place } from '../../model/error.ts';
import type { Finding } from '../../model/finding.ts';
import { placeInText } from './place-in-text.ts';

/** Nobody reads more at once. */
const MAX_FINDINGS = 20;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces each `{{ name }}` of `text` by that entry of `values`; `\{{` stands for `{{` itself. There is nothing else: no
 * conditions, no loops. A definition in TypeScript can compute what a template cannot.
 * @param file How findings call the template.
 */
export function fillTemplate(
  text: string,
  values: Readonly<Record<string, string | number | boolean>>,
  file: string,
): { readonly text: string; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const filled = text.replace(
    /\\\{\{|\{\{([^{}\n]*)\}\}|\{\{/g,
    (found: string, inner: string | undefined, offset: number) => {
      if (found.startsWith('\\')) return '{{';
      const name = inner?.trim();
      if (name !== undefined && Object.hasOwn(values, name)) return String(values[name]);
      if (findings.length < MAX_FINDINGS)
        findings.push(problem(name, Object.keys(values), placeInText(file, text, offset, offset + found.length)));
      return found;
    },
  );
  return { text: filled, findings };
}

function problem(name: string | undefined, known: readonly string[], place: Place): Finding {
  const base = { severity: 'error', rule: 'template', place } as const;
  if (name === undefined || !NAME.test(name)) {
    return {
      ...base,
      message: name === undefined ? '"{{" is not closed on its line' : `${JSON.stringify(name)} is not a name`,
      hint: 'write {{ name }}, or \\{{ for the characters themselves',
    };
  }
  const meant = closest(name, known);
  return {
    ...base,
    message: `the template shows ${JSON.stringify(name)}, which is not among its values`,
    hint:
      meant === undefined
        ? `add ${JSON.stringify(name)} to values`
        : `did you mean ${JSON.stringify(meant)}? Or add it to values`,
  };
}
