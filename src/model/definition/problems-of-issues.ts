import type * as z from 'zod';
import { closest } from '../closest.ts';
import { describeAt } from './describe-at.ts';
import { show } from './explain.ts';
import type { Problem } from './problem.ts';
import { type PropertyPath, valueAt } from './property-path.ts';

type Issue = z.core.$ZodIssue;

/** What the schema complains of in `input`, in words for the person who wrote it: one problem for each thing that is wrong. */
export function problemsOfIssues(issues: readonly Issue[], input: unknown): Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, [], input));
}

function problemsOf(issue: Issue, parent: PropertyPath, input: unknown): Problem[] {
  const path = [...parent, ...(issue.path as (string | number)[])];
  const value = valueAt(input, path);
  const problem = (rule: string, message: string, hint: string, at: Problem['at'] = 'value'): Problem[] => [
    { severity: 'error', rule, message, hint, path, at },
  ];
  const [ownMessage = '', ...ownHints] = issue.message.split('\n');
  const [ownHint] = ownHints;
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(issue.keys, path, ownHints);
    case 'invalid_key':
      return issue.issues
        .slice(0, 1)
        .flatMap((nested) => problemsOf({ ...nested, path: [] }, path, input))
        .map((found) => ({ ...found, rule: 'invalid-key', at: 'key' }));
    case 'invalid_union':
      return unionProblems(issue, path, input);
    case 'invalid_type':
      if (ownHint !== undefined) return problem('wrong-type', ownMessage, ownHint);
      return value === undefined ? [missing(path)] : problem('wrong-type', ...wrongType(value, [issue.expected], path));
    case 'invalid_value': {
      const values = issue.values.map(String);
      const meant = typeof value === 'string' ? closest(value, values) : undefined;
      return problem(
        'invalid-value',
        `${show(value)} is not one of the values that are possible here`,
        meant === undefined ? `write one of: ${values.map(show).join(', ')}` : `did you mean ${show(meant)}?`,
      );
    }
    case 'too_small':
    case 'too_big':
      if (ownHint !== undefined) return problem('invalid-value', ownMessage, ownHint);
      return problem('out-of-range', ...outOfRange(issue, value));
    default:
      if (ownHint !== undefined) return problem('invalid-value', ownMessage, ownHint);
      return problem('invalid-value', `${show(value)} does not fit here`, describeAt(path) ?? ownMessage);
  }
}

/** Each unknown key is a problem of its own, with its own hint. */
function unknownKeys(keys: readonly string[], path: PropertyPath, hints: readonly string[]): Problem[] {
  return keys.map((key, at) => ({
    severity: 'error',
    rule: 'unknown-key',
    message: `there is no key ${show(key)} here`,
    hint: hints[at] ?? 'remove it',
    path: [...path, key],
    at: 'key',
  }));
}

/** A union's complaints are those of the branch that was meant: the one whose outermost type fits. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: PropertyPath, input: unknown): Problem[] {
  if (issue.errors.length === 0) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    const value = valueAt(input, path);
    if (value === undefined) {
      return [{ ...missing(path), hint: `write one of: ${options.map(show).join(', ')}` }];
    }
    const meant = typeof value === 'string' ? closest(value, options) : undefined;
    return [
      {
        severity: 'error',
        rule: 'invalid-value',
        message: `${show(value)} is not one of the values that are possible here`,
        hint: meant === undefined ? `write one of: ${options.map(show).join(', ')}` : `did you mean ${show(meant)}?`,
        path,
        at: 'value',
      },
    ];
  }
  const value = valueAt(input, path);
  const fitting = issue.errors.filter(
    (branch) => !branch.some((nested) => nested.path.length === 0 && isTypeMismatch(nested)),
  );
  const [meant] = fitting.length > 0 ? fitting : issue.errors.filter((branch) => isChoice(branch, value));
  if (meant !== undefined) return meant.flatMap((nested) => problemsOf(nested, path, input));
  const expected = issue.errors.flatMap((branch) => branch.flatMap(expectedTypes));
  const [message, hint] = wrongType(value, expected, path);
  return [{ severity: 'error', rule: 'wrong-type', message, hint, path, at: 'value' }];
}

const isTypeMismatch = (issue: Issue): boolean => issue.code === 'invalid_type' || issue.code === 'invalid_value';

/** A branch of fixed words, and the value is a word. */
const isChoice = (branch: readonly Issue[], value: unknown): boolean =>
  typeof value === 'string' && branch.some((issue) => issue.code === 'invalid_value');

const expectedTypes = (issue: Issue): string[] =>
  issue.code === 'invalid_type' ? [issue.expected] : issue.code === 'invalid_value' ? ['string'] : [];

function missing(path: PropertyPath): Problem {
  const key = String(path.at(-1));
  return {
    severity: 'error',
    rule: 'missing-key',
    message: `${show(key)} is missing`,
    hint: `add it: ${describeAt(path) ?? 'it is required'}`,
    path,
    at: 'value',
  };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'nothing',
  undefined: 'nothing',
};

function typeWord(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return TYPE_WORDS[typeof value] ?? typeof value;
}

function wrongType(value: unknown, expected: readonly string[], path: PropertyPath): [message: string, hint: string] {
  const words = [...new Set(expected.map((type) => TYPE_WORDS[type] ?? type))].join(' or ');
  const found = typeof value === 'object' ? typeWord(value) : `${typeWord(value)}, ${show(value)}`;
  return [`${words} belongs here, not ${found}`, describeAt(path) ?? `write ${words}`];
}

function outOfRange(
  issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall,
  value: unknown,
): [message: string, hint: string] {
  const small = issue.code === 'too_small';
  const bound = String(small ? issue.minimum : issue.maximum);
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
  return [
    issue.origin === 'array'
      ? `the list has too ${small ? 'few' : 'many'} entries`
      : `${show(value)} is too ${small ? 'small' : 'large'}`,
    `write at ${small ? 'least' : 'most'} ${bound}${unit}`,
  ];
}
