/** Where a function was called: a file's URL or path, and line and column counting from 1. */
export interface CallPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/|\/)[^()]*):(\d+):(\d+)\)?$/;

/**
 * Where the caller of `callee` stands, and where that one was called in turn. Type stripping puts blanks in place of types, so
 * lines and columns are those of the source. Empty when the engine gives no such frames.
 */
export function callPlaces(callee: (...args: never[]) => unknown): CallPlace[] {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  return placesOfStack(holder.stack ?? '').slice(0, 2);
}

/** The frames of `stack` that lie in files, the innermost first. */
export function placesOfStack(stack: string): CallPlace[] {
  return stack.split('\n').flatMap((line) => {
    const [, file, row, column] = FRAME.exec(line.trim()) ?? [];
    return file === undefined ? [] : { file, line: Number(row), column: Number(column) };
  });
}
