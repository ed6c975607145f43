import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultLaneRules, type LaneId, LaneTable, reasoningEfforts } from '#contracts/lane.js';
import { capabilities } from '#contracts/venue.js';
import { classifyCall, holdsCode, type LaneFacts } from './classify-call.js';

const plain: LaneFacts = {
  needs: [],
  reasoningEffort: null,
  lastUserText: 'What is the capital of France?',
  inputTokensExpected: 20,
  maxOutputTokens: null,
};
const typescript = 'Fix this:\n```ts\nconst a = 1\n```';
const bare = 'import os\ndef main(argv):\n    print(argv)\nif x == 1:\nfor y in range(3):\nwhy does it fail';

test.each<[string, Partial<LaneFacts>, LaneId]>([
  ['a short question', {}, 'fast'],
  ['a short question with a short answer', { maxOutputTokens: 500 }, 'fast'],
  ['structured extraction', { needs: ['json_schema'] }, 'fast'],
  ['a stream', { needs: ['stream'] }, 'fast'],
  ['the least effort', { reasoningEffort: 'minimal' }, 'fast'],
  ['no effort', { reasoningEffort: 'none' }, 'fast'],
  ['some effort', { reasoningEffort: 'low' }, 'standard'],
  ['medium effort', { reasoningEffort: 'medium' }, 'standard'],
  ['tools', { needs: ['tools'] }, 'standard'],
  ['a picture', { needs: ['vision'] }, 'standard'],
  ['speech', { needs: ['audio'] }, 'standard'],
  ['fenced code', { lastUserText: typescript }, 'standard'],
  ['code without a fence', { lastUserText: bare }, 'standard'],
  ['3,999 tokens', { inputTokensExpected: 3_999 }, 'fast'],
  ['4,000 tokens', { inputTokensExpected: 4_000 }, 'standard'],
  ['a long answer', { maxOutputTokens: 2_000 }, 'standard'],
  ['high effort', { reasoningEffort: 'high' }, 'reasoning'],
  ['the highest effort', { reasoningEffort: 'xhigh' }, 'reasoning'],
  ['high effort outranks a short question with tools', { reasoningEffort: 'high', needs: ['tools'] }, 'reasoning'],
  ['a book', { inputTokensExpected: 100_000 }, 'reasoning'],
  ['a very long answer', { maxOutputTokens: 16_000 }, 'reasoning'],
  ['a picture as the answer', { needs: ['images'] }, 'image'],
  ['a picture as the answer, at high effort', { needs: ['images'], reasoningEffort: 'high' }, 'image'],
])('%s', (_kind, facts, lane) => {
  expect(classifyCall({ ...plain, ...facts }, defaultLaneRules)).toBe(lane);
});

test('rules of one’s own, in their order', () => {
  const { rules } = LaneTable.parse({
    rules: [
      { lane: 'fast', when: { needs: ['tools', 'json_schema'], outputTokensFrom: 10 } },
      { lane: 'reasoning', when: { code: false } },
      { lane: 'standard' },
    ],
    lanes: Object.fromEntries(['fast', 'standard', 'reasoning'].map((id) => [id, { name: id, routes: ['a/b'] }])),
  });
  expect(classifyCall({ ...plain, needs: ['tools', 'json_schema'], maxOutputTokens: 10 }, rules)).toBe('fast');
  expect(classifyCall({ ...plain, needs: ['tools'], maxOutputTokens: 10 }, rules)).toBe('reasoning');
  expect(classifyCall({ ...plain, lastUserText: typescript }, rules)).toBe('standard');
});

test.each([
  ['without a last rule for all', { rules: [{ lane: 'fast', when: { code: true } }], lanes: {} }],
  ['with a rule for a lane that is not there', { rules: [{ lane: 'reasoning' }], lanes: {} }],
])('a table %s is refused', (_what, table) => {
  expect(LaneTable.safeParse(table).success).toBe(false);
});

test.each<[string, string, boolean]>([
  ['prose', 'Dear team,\nplease import the boxes (all three), for we need them.\nThank you;\nKind regards', false],
  ['a list', '- milk\n- eggs\n- return the bottles', false],
  ['SQL', 'SELECT a FROM b WHERE c = 1;\nUPDATE b SET a = 2;\nSELECT 1;', true],
  ['C', '#include <stdio.h>\nint main() {\n  return 0;\n}', true],
  ['HTML', '<html>\n<body>\n</body>', true],
  ['a fence of tildes', '~~~\nx\n~~~', true],
])('code or not: %s', (_what, text, code) => {
  expect(holdsCode(text)).toBe(code);
});

const anyFacts = fc.record<LaneFacts>({
  needs: fc.subarray([...capabilities]),
  reasoningEffort: fc.constantFrom(null, ...reasoningEfforts),
  lastUserText: fc.string({ maxLength: 500 }),
  inputTokensExpected: fc.nat(2_000_000),
  maxOutputTokens: fc.option(fc.integer({ min: 1, max: 200_000 })),
});

test('every call has a lane, and always the same', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const lane = classifyCall(facts, defaultLaneRules);
      expect(classifyCall({ ...facts, needs: [...facts.needs].reverse() }, defaultLaneRules)).toBe(lane);
    }),
  );
});

test('more effort, more input or a longer answer never sorts into a lesser lane', () => {
  const rank = { image: 3, reasoning: 2, standard: 1, fast: 0 };
  fc.assert(
    fc.property(anyFacts, fc.nat(500_000), (facts, more) => {
      const before = rank[classifyCall(facts, defaultLaneRules)];
      const larger = { ...facts, inputTokensExpected: facts.inputTokensExpected + more };
      expect(rank[classifyCall(larger, defaultLaneRules)]).toBeGreaterThanOrEqual(before);
      expect(rank[classifyCall({ ...facts, reasoningEffort: 'xhigh' }, defaultLaneRules)]).toBeGreaterThanOrEqual(
        before,
      );
    }),
  );
});
