/** The application: an unmodified OpenAI client. What it is told in the headers of each answer is counted, nothing else is looked at. */
import OpenAI from 'openai';
import type { RecordedQuestion } from './read-recorded.js';
import { maxOutputTokens } from './recorded-world.js';

export interface Asked {
  sent: number;
  /** By `venue/model`, as the proxy says who served. */
  served: Record<string, number>;
  /** By why that route was served. */
  reasons: Record<string, number>;
  /** By code; what the application saw as an error. */
  refused: Record<string, number>;
}

export interface Asking {
  proxyUrl: string;
  key: string;
  /** What every call asks for. */
  model: string;
  questions: readonly RecordedQuestion[];
  /** 1 keeps the file's order to the letter: a call is sent when the one before it has been answered. */
  concurrency: number;
  onCall?: (asked: Asked) => void;
}

/** Rejects only when the proxy cannot be reached. */
export async function askInOrder(asking: Asking): Promise<Asked> {
  const client = new OpenAI({ baseURL: `${asking.proxyUrl}/v1`, apiKey: asking.key, maxRetries: 0 });
  const asked: Asked = { sent: 0, served: {}, reasons: {}, refused: {} };
  const lane = async () => {
    for (let question; (question = asking.questions[asked.sent]);) {
      asked.sent += 1;
      await ask(client, asking.model, question.prompt, asked);
      asking.onCall?.(asked);
    }
  };
  await Promise.all(Array.from({ length: asking.concurrency }, lane));
  return asked;
}

async function ask(client: OpenAI, model: string, prompt: string, asked: Asked): Promise<void> {
  const messages = [{ role: 'user' as const, content: prompt }];
  const request = { model, messages, temperature: 0, max_tokens: maxOutputTokens };
  try {
    const { response } = await client.chat.completions.create(request).withResponse();
    const header = (name: string) => response.headers.get(name) ?? 'unknown';
    count(asked.served, `${header('x-o10-venue')}/${header('x-flux-model')}`);
    count(asked.reasons, header('x-o10-reason'));
  } catch (error) {
    if (!(error instanceof OpenAI.APIError) || error.status === undefined) throw error;
    count(asked.refused, String(error.code));
  }
}

const count = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};
