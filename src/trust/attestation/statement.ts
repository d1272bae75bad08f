import { z } from 'zod';

/** DSSE's payload type of in-toto statements (in-toto attestation framework, v1 “Envelope”). */
export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

export const TEST_RESULT_TYPE = 'https://in-toto.io/attestation/test-result/v0.1';

/** Under this name our own words stand in the predicate: extension fields have a URI for a name (framework v1, “Parsing rules”). */
export const PREFLIGHT_EXTENSION = 'urn:ashlar:preflight:1';

const testNames = z.array(z.string().max(256)).max(256);

/**
 * An in-toto Statement v1 about the results of tests (predicate test-result v0.1), as far as we read it; fields that are not named here are ignored, as the
 * framework's parsing rules ask for.
 */
export const testResultStatementSchema = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(z.object({ name: z.string().max(256), digest: z.record(z.string().max(64), z.string().max(256)) }))
    .min(1)
    .max(16),
  predicateType: z.literal(TEST_RESULT_TYPE),
  predicate: z.object({
    result: z.enum(['PASSED', 'WARNED', 'FAILED']),
    configuration: z.array(z.json()).max(64),
    passedTests: testNames,
    warnedTests: testNames,
    failedTests: testNames,
    [PREFLIGHT_EXTENSION]: z.unknown(),
  }),
});

export type TestResultStatement = z.infer<typeof testResultStatementSchema>;
