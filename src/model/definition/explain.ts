/**
 * The text of a schema's complaint: what is wrong and, on a second line, what to do. {@link findingsOf} takes it apart again.
 * A schema library carries one string per complaint; the line break keeps both halves in it.
 */
export function explain(problem: string, hint: string): string {
  return `${problem}\n${hint}`;
}

const MAX_SHOWN = 60;

/** A value for a message: as JSON, cut when long. Only data that came out of YAML or JSON gets here. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}
