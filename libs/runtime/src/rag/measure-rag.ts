/**
 * The measures of retrieval-augmented answers (RAGAS, Es et al. 2023) as autoevals asks them, of models we are handed: its
 * own ways of finding one (a gateway, the environment) are never taken. What a judge writes that is not what was asked for
 * is no judgement; autoevals would make a score of it.
 */
import type { AnswerRelevancy } from 'autoevals';

export interface RagQuestion {
  measure: 'faithfulness' | 'answer_relevancy' | 'context_precision' | 'context_recall';
  question: string;
  answer: string;
  context: string;
  /** For recall and precision: the right answer. */
  expected: string;
}

/** Null where no whole answer came. What they reject with ends the measuring, and is rejected with. */
export interface RagModels {
  /** A chat completions request without its model; the answer's body. */
  chat: (request: object) => Promise<unknown>;
  embed: (texts: string[]) => Promise<number[][] | null>;
}

export type RagScore = { score: number } | { missing: string };

type Client = NonNullable<Parameters<typeof AnswerRelevancy>[0]['client']>;

/** Of each answer of the judge. */
export const ragTokensMax = 1_200;
const names = {
  faithfulness: 'Faithfulness',
  answer_relevancy: 'AnswerRelevancy',
  context_precision: 'ContextPrecision',
  context_recall: 'ContextRecall',
} as const;

/** Rejects with what a model rejects with, and with nothing else. */
export async function measureRag(asked: RagQuestion, models: RagModels): Promise<RagScore> {
  const { question: input, answer: output, context, expected, measure } = asked;
  const refused: unknown[] = [];
  const client = clientOf(models, (error) => refused.push(error));
  try {
    // Loaded where it is asked for: it brings an SDK of its own.
    const scorer = (await import('autoevals'))[names[measure]];
    const given = { input, output, context, expected, client, model: 'judge', maxTokens: ragTokensMax };
    const { score, metadata = {} } = await scorer(given);
    const wrong = complaintOf(measure, score, metadata);
    return wrong === null ? { score: score ?? 0 } : { missing: wrong };
  } catch (error) {
    if (refused.length > 0) throw refused[0];
    return { missing: `the judge did not write what it was asked for: ${String(error).slice(0, 200)}` };
  }
}

/** A judge that decides fewer claims than it was shown, or says 7 for yes, would raise the score; it has judged nothing. */
function complaintOf(measure: RagQuestion['measure'], score: number | null, metadata: Record<string, unknown>) {
  if (score === null || !(score >= 0 && score <= 1)) return 'the judge’s marks are not yes or no';
  const { statements, faithfulness } = metadata as { statements?: object[]; faithfulness?: { verdict: number }[] };
  if (measure === 'faithfulness') {
    if (faithfulness?.length !== statements?.length) return 'the judge did not decide every claim';
    return allMarks(faithfulness?.map(({ verdict }) => verdict));
  }
  if (measure !== 'context_recall') return null;
  if (statements?.length === 0) return 'the judge listed no claims';
  return allMarks((statements as { attributed: number }[] | undefined)?.map(({ attributed }) => attributed));
}

const allMarks = (marks: number[] = []): string | null =>
  marks.every((mark) => mark === 0 || mark === 1) ? null : 'the judge’s marks are not yes or no';

/** As much of the OpenAI client as autoevals uses. */
function clientOf({ chat, embed }: RagModels, onRefused: (error: unknown) => void): Client {
  const handed = async <T>(answer: Promise<T | null>): Promise<T> => {
    const got = await answer.catch((error: unknown) => {
      onRefused(error);
      throw error;
    });
    if (got === null) throw new Error('no answer');
    return got;
  };
  const client = {
    chat: { completions: { create: (request: Request) => handed(chat(asWritten(request))) } },
    embeddings: {
      create: async ({ input }: { input: string }) => ({ data: [{ embedding: (await handed(embed([input])))[0] }] }),
    },
  };
  return client as unknown as Client;
}

interface Request {
  messages: { role: string; content: string }[];
}

/** autoevals writes texts into its prompts as into HTML. A judge that compares code or prices must see them as they are. */
function asWritten(request: Request): object {
  const { model: _, ...rest } = request as Request & { model?: string };
  const messages = rest.messages.map(({ role, content }) => ({ role, content: unescaped(content) }));
  return { ...rest, messages };
}

const characters: Record<string, string> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"' },
  ...{ '#39': "'", '#x2F': '/', '#x60': '`', '#x3D': '=' },
};
const unescaped = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39|#x2F|#x60|#x3D);/gu, (whole, name: string) => characters[name] ?? whole);
