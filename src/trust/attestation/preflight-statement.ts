import { isDeepStrictEqual } from 'node:util';
import { AshlarError } from '../../model/error.ts';
import { documentBytes } from '../../model/manifest.ts';
import { type PreflightReport, preflightReportSchema } from '../../model/preflight-report.ts';
import { preflightVerdict } from '../../model/preflight-verdict.ts';
import {
  PREFLIGHT_EXTENSION,
  STATEMENT_TYPE,
  TEST_RESULT_TYPE,
  type TestResultStatement,
  testResultStatementSchema,
} from './statement.ts';

/**
 * A preflight as an in-toto statement: the standard's fields for tools that know test results in general, and the report itself
 * as an extension. A preflight that was skipped is `WARNED`, with every trial that has not passed among the warnings: who only asks for
 * `PASSED` refuses it, who reads it sees the reason.
 */
export function preflightStatement(report: PreflightReport): TestResultStatement {
  const { name, version, manifest } = report.release;
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: `releases/${name}/${version}/manifest.json`, digest: { sha256: manifest } }],
    predicateType: TEST_RESULT_TYPE,
    predicate: {
      ...testResult(report),
      configuration:
        report.previous === undefined
          ? []
          : [
              {
                name: `releases/${name}/${report.previous.version}/manifest.json`,
                digest: { sha256: report.previous.manifest },
              },
            ],
      [PREFLIGHT_EXTENSION]: report,
    },
  };
}

/** The statement's bytes: what is signed. */
export function preflightStatementBytes(report: PreflightReport): Buffer {
  return documentBytes(preflightStatement(report));
}

function testResult(
  report: PreflightReport,
): Pick<TestResultStatement['predicate'], 'result' | 'passedTests' | 'warnedTests' | 'failedTests'> {
  const named = (outcome: string): string[] =>
    report.trials.filter((trial) => trial.outcome === outcome).map(({ name }) => name);
  const passedTests = named('passed');
  const skipped = named('not-applicable');
  const failed = named('failed');
  switch (preflightVerdict(report)) {
    case 'passed':
      return { result: 'PASSED', passedTests, warnedTests: skipped, failedTests: [] };
    case 'failed':
      return { result: 'FAILED', passedTests, warnedTests: skipped, failedTests: failed };
    case 'skipped':
      return { result: 'WARNED', passedTests, warnedTests: [...skipped, ...failed], failedTests: [] };
  }
}

/**
 * The report in a statement, whose signature has been verified: that says who wrote it, not that it is well formed. A statement whose standard fields do not say
 * what its report says is refused, so that all readers see the same. Throws `attestation-invalid`.
 */
export function parsePreflightStatement(payload: Uint8Array): PreflightReport {
  const refuse = (why: string, cause?: unknown): never => {
    throw new AshlarError('attestation-invalid', `The attestation is not one of a preflight: ${why}.`, {
      hint: 'Make it again with `ashlar preflight`.',
      cause,
    });
  };
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    return refuse('its statement is not JSON', error);
  }
  const statement = testResultStatementSchema.safeParse(data);
  if (!statement.success) {
    const [issue] = statement.error.issues;
    return refuse(`${issue?.path.map(String).join('.')}: ${issue?.message}`, statement.error);
  }
  const report = preflightReportSchema.safeParse(statement.data.predicate[PREFLIGHT_EXTENSION]);
  if (!report.success) {
    const [issue] = report.error.issues;
    return refuse(`its report, ${issue?.path.map(String).join('.')}: ${issue?.message}`, report.error);
  }
  const expected: unknown = JSON.parse(preflightStatementBytes(report.data).toString('utf8'));
  if (!isDeepStrictEqual(statement.data, testResultStatementSchema.parse(expected))) {
    return refuse('its fields contradict each other');
  }
  return report.data;
}
