/** A whole o10.yaml, for specs. */
export const exampleYaml = `apiVersion: v1
venues:
  north:
    protocol: openai-chat
    baseUrl: https://north.example/v1
    key: env:NORTH_KEY
    jurisdiction: us
  fjord:
    protocol: openai-chat
    baseUrl: https://fjord.example/v1
    jurisdiction: eu
    retention: zero
routes:
  north/large: &alpha
    revision: "2026-10-01"
    family: alpha
    contextWindow: 128000
    maxOutputTokens: 8192
    capabilities: [stream, tools]
  north/large:flex: *alpha
  fjord/meta/small:v2:
    revision: r7
    family: beta
    contextWindow: 32000
    maxOutputTokens: 4096
models:
  large: north/large
lanes:
  rules: [{ lane: fast }]
  lanes:
    fast: { name: Express, routes: [fjord/meta/small:v2, north/large], floor: { input: "1", output: "4" } }
plans:
  free: { name: Free, includedCredit: "1", hardStop: true, charged: cost, requestsPerSecond: 1 }
subscriptions:
  care: { plan: free }
prices:
  north/large:
    - validFrom: 2026-01-01T00:00:00Z
      source: https://north.example/pricing
      usdPerMillion: { input_uncached: "2.50", output_text: 10 }
  fjord/meta/small:v2:
    - validFrom: 2026-01-01T00:00:00Z
      source: contract 12
      usdPerMillion: { input_uncached: "0.05", output_text: "0.08" }
      free: [requests]
suites:
  triage: triage.jsonl
useCases:
  triage:
    team: care
    mode: shadow
    baseline: north/large
    candidates: [fjord/meta/small:v2]
    grader: { kind: exact, reference: suite }
    floor: { absolute: 0.9 }
envelopes:
  triage-month:
    scope: { kind: use_case, useCase: triage }
    limit: "25.00"
    window: { unit: month, zone: Europe/Berlin }
`;

export const exampleSuite = `{"input":"What is 2+2?","expected":"4"}
{"input":"Capital of France?","expected":"Paris"}
`;
