/** Each measure with a judge that does as it is asked, and with judges that do not. */
import { describe, expect, test } from 'vitest';
import { measureRag, type RagModels, type RagQuestion } from './measure-rag.js';

const asked: RagQuestion = {
  measure: 'faithfulness',
  question: 'What does <b>Tom & "Jerry"</b> cost?',
  answer: 'It costs 5 kr, or 4 kr in `July`.',
  context: 'Tom & "Jerry" = 5 kr/piece; 4 kr in `July`. It isn\'t sold on <Sundays>. &amp; stays.',
  expected: '5 kr',
};

interface Sent {
  messages: { content: string }[];
  max_tokens: number;
  tool_choice: { function: { name: string } };
}

/** Calls the tool it is told to, with what is written for it. */
function judge(writes: Record<string, unknown>, sent: Sent[] = []): RagModels {
  const answers = (name: string) => ({
    choices: [
      {
        finish_reason: 'tool_calls',
        message: { tool_calls: [{ type: 'function', function: { name, arguments: JSON.stringify(writes[name]) } }] },
      },
    ],
  });
  return {
    chat: (request) => {
      sent.push(request as Sent);
      return Promise.resolve(answers((request as Sent).tool_choice.function.name));
    },
    embed: (texts) => Promise.resolve(texts.map((text) => (text.includes('cost') ? [1, 0] : [0, 1]))),
  };
}

const verdicts = (...marks: number[]) => ({
  extract_statements: { statements: ['It costs 5 kr, or less', 'It costs 4 kr in July'] },
  judge_statements: { faithfulness: marks.map((verdict) => ({ statement: 's', verdict, reason: 'r' })) },
});

test('faithfulness is the share of claims the judge finds in the passages, which it sees as they are', async () => {
  const sent: Sent[] = [];
  expect(await measureRag(asked, judge(verdicts(1, 0), sent))).toEqual({ score: 0.5 });
  expect(sent).toHaveLength(2);
  expect(sent[0]!.messages[0]!.content).toContain(asked.question);
  expect(sent[1]!.messages[0]!.content).toContain(asked.context);
  expect(sent[1]).toMatchObject({ max_tokens: 1_200 });
  expect(sent[1]).not.toHaveProperty('model');
});

describe('a judge that does not do as it is asked has judged nothing', () => {
  test.each<[string, RagQuestion['measure'], Record<string, unknown>]>([
    ['decides fewer claims than there are', 'faithfulness', verdicts(1)],
    ['decides more', 'faithfulness', verdicts(1, 1, 1)],
    ['says 7 for yes', 'faithfulness', verdicts(7, 0)],
    ['says half', 'faithfulness', verdicts(0.5, 1)],
    ['writes another shape', 'faithfulness', { extract_statements: { claims: [] } }],
    ['lists nothing of the right answer', 'context_recall', { extract_statements: { statements: [] } }],
    ['says 2 of one sentence and 0 of another', 'context_recall', recalled(2, 0)],
    ['says 3 of a passage', 'context_precision', { verify: { reason: 'r', verdict: 3 } }],
  ])('%s (%s)', async (_, measure, writes) =>
    expect(await measureRag({ ...asked, measure }, judge(writes))).toEqual({ missing: expect.any(String) }),
  );

  test('writes prose instead of calling the tool, or nothing at all', async () => {
    const prose = { choices: [{ finish_reason: 'stop', message: { content: 'All of it is true.' } }] };
    for (const answer of [prose, null])
      expect(await measureRag(asked, { ...judge({}), chat: () => Promise.resolve(answer) })).toEqual({
        missing: expect.any(String),
      });
  });
});

function recalled(...marks: number[]) {
  return {
    extract_statements: { statements: marks.map((attributed) => ({ statement: 's', attributed, reason: 'r' })) },
  };
}

test('recall is the share of the right answer that the passages hold; precision is yes or no of a passage', async () => {
  expect(await measureRag({ ...asked, measure: 'context_recall' }, judge(recalled(1, 1, 0)))).toEqual({ score: 2 / 3 });
  const useful = judge({ verify: { reason: 'r', verdict: 1 } });
  expect(await measureRag({ ...asked, measure: 'context_precision' }, useful)).toEqual({ score: 1 });
});

test('relevancy compares the question with those the answer would answer; an evasive answer has none', async () => {
  const relevancy = { ...asked, measure: 'answer_relevancy' as const };
  const generated = (question: string, noncommittal = 0) => judge({ generate_question: { question, noncommittal } });
  expect(await measureRag(relevancy, generated('How much does it cost?'))).toEqual({ score: 1 });
  expect(await measureRag(relevancy, generated('Who was the keeper?'))).toEqual({ score: 0 });
  expect(await measureRag(relevancy, generated('How much does it cost?', 1))).toEqual({ score: 0 });
  const blind = { ...generated('How much does it cost?'), embed: () => Promise.resolve(null) };
  expect(await measureRag(relevancy, blind)).toEqual({ missing: expect.any(String) });
});

test('what a model rejects with is nobody’s judgement: no money ends the measuring', async () => {
  const broke = new Error('no money');
  await expect(measureRag(asked, { ...judge({}), chat: () => Promise.reject(broke) })).rejects.toBe(broke);
});
