/** The application of the demo: an unmodified OpenAI client that only had its base URL and key changed. */
import OpenAI from 'openai';
import type { DemoUseCase } from './demo-world.js';

export interface Driven {
  sent: number;
  served: number;
  /** By code; what the application would see as an error. */
  refused: Record<string, number>;
  /** Calls by the venue that answered. */
  venues: Record<string, number>;
}

export interface Traffic {
  proxyUrl: string;
  key: string;
  useCase: DemoUseCase;
  /** Half-open range of the use case's questions. */
  from: number;
  to: number;
  concurrency: number;
  /** Asked before each call: true ends the traffic early. */
  enough: () => boolean;
  onCall: (driven: Driven) => void;
}

/** Never rejects for a refused call; rejects when the proxy cannot be reached. */
export async function driveTraffic(traffic: Traffic): Promise<Driven> {
  const client = new OpenAI({ baseURL: `${traffic.proxyUrl}/v1`, apiKey: traffic.key, maxRetries: 0 });
  const cases = traffic.useCase.cases(traffic.to);
  const driven: Driven = { sent: 0, served: 0, refused: {}, venues: {} };
  let next = traffic.from;
  const lane = async () => {
    while (next < traffic.to && !traffic.enough()) {
      const question = cases[next++]?.input ?? '';
      await ask(client, traffic.useCase.prompt, question, next % 4 === 0, driven);
      traffic.onCall(driven);
    }
  };
  await Promise.all(Array.from({ length: traffic.concurrency }, lane));
  return driven;
}

/** Every fourth call streams, as applications do. */
async function ask(client: OpenAI, system: string, question: string, stream: boolean, driven: Driven): Promise<void> {
  const messages = [
    { role: 'system' as const, content: system },
    { role: 'user' as const, content: question },
  ];
  driven.sent += 1;
  try {
    const request = { model: 'atlas-xl', max_tokens: 128, messages };
    const { data, response } = stream
      ? await client.chat.completions.create({ ...request, stream: true }).withResponse()
      : await client.chat.completions.create(request).withResponse();
    if (Symbol.asyncIterator in data) for await (const chunk of data) void chunk;
    driven.served += 1;
    const venue = response.headers.get('x-o10-venue') ?? 'unknown';
    driven.venues[venue] = (driven.venues[venue] ?? 0) + 1;
  } catch (error) {
    if (!(error instanceof OpenAI.APIError) || error.status === undefined) throw error;
    const code = String(error.code);
    driven.refused[code] = (driven.refused[code] ?? 0) + 1;
  }
}
