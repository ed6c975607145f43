/**
 * Asks a route one case over the chat completions API, through the proxy or at a venue. What came back whole is an answer;
 * everything else is none, which scores 0 like any missing answer.
 */
import { z } from 'zod';
import type { Offer } from '#contracts/offered-tools.js';
import type { CalledTool } from '#domain/gate/graders/grade.js';

export interface AskedPlace {
  /** Up to and including `/v1`. */
  baseUrl: string;
  key: string | null;
  timeoutMs: number;
}

export interface RouteAnswer {
  /** Null: no complete answer. */
  text: string | null;
  toolCalls: CalledTool[] | null;
  /** Why there is none. */
  fault: string | null;
  /** As the proxy says it, in dollars; null where nobody does. */
  costUsd: string | null;
}

export interface AskedCase extends Offer {
  model: string;
  system: string | null;
  user: string;
  maxOutputTokens: number;
}

const Completion = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullable(),
        message: z.object({
          content: z.string().nullable().optional(),
          tool_calls: z
            .array(z.object({ function: z.object({ name: z.string(), arguments: z.string() }) }))
            .nullable()
            .optional(),
        }),
      }),
    )
    .min(1),
});
const Embedded = z.object({ data: z.array(z.object({ index: z.number().int(), embedding: z.array(z.number()) })) });

/** Never rejects. */
export async function askRoute(place: AskedPlace, asked: AskedCase): Promise<RouteAnswer> {
  const system = asked.system === null ? [] : [{ role: 'system', content: asked.system }];
  const sent = await post(place, '/chat/completions', {
    model: asked.model,
    max_tokens: asked.maxOutputTokens,
    messages: [...system, { role: 'user', content: asked.user }],
    tools: asked.tools,
    tool_choice: asked.toolChoice,
  });
  if ('fault' in sent) return { text: null, toolCalls: null, fault: sent.fault, costUsd: null };
  const [choice] = Completion.safeParse(sent.body).data?.choices ?? [];
  if (!choice || choice.finish_reason === null)
    return { text: null, toolCalls: null, fault: 'not a complete answer', costUsd: sent.costUsd };
  const toolCalls = (choice.message.tool_calls ?? []).map((call) => call.function);
  return { text: choice.message.content ?? '', toolCalls, fault: null, costUsd: sent.costUsd };
}

const Pictures = z.object({
  data: z.array(z.object({ b64_json: z.string().min(1) })).min(1),
  output_format: z.string().default('png'),
});

/** The same of a picture: its answer is a `data:` URL. A venue that answers with addresses alone has sent no picture. */
export async function askPicture(place: AskedPlace, { model, user }: AskedCase): Promise<RouteAnswer> {
  const sent = await post(place, '/images/generations', { model, prompt: user, n: 1 });
  if ('fault' in sent) return { text: null, toolCalls: null, fault: sent.fault, costUsd: null };
  const { data, output_format } = Pictures.safeParse(sent.body).data ?? {};
  if (!data) return { text: null, toolCalls: null, fault: 'not a picture', costUsd: sent.costUsd };
  return {
    text: `data:image/${output_format};base64,${data[0]!.b64_json}`,
    toolCalls: [],
    fault: null,
    costUsd: sent.costUsd,
  };
}

/** Vectors in the order of the texts, or why there are none. */
export async function embedTexts(
  place: AskedPlace,
  model: string,
  texts: string[],
): Promise<number[][] | { fault: string }> {
  const sent = await post(place, '/embeddings', { model, input: texts });
  if ('fault' in sent) return sent;
  const data = Embedded.safeParse(sent.body).data?.data.toSorted((a, b) => a.index - b.index) ?? [];
  return data.length === texts.length ? data.map(({ embedding }) => embedding) : { fault: 'not the vectors asked for' };
}

/** The body of an answer to a chat completions request; null where none came. */
export async function askRaw(place: AskedPlace, request: object): Promise<unknown> {
  const sent = await post(place, '/chat/completions', request);
  return 'fault' in sent ? null : sent.body;
}

type Sent = { body: unknown; costUsd: string | null } | { fault: string };

async function post({ baseUrl, key, timeoutMs }: AskedPlace, path: string, body: object): Promise<Sent> {
  try {
    const response = await fetch(`${baseUrl.replace(/\/$/u, '')}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok) return { fault: `${response.status} ${text.slice(0, 200)}` };
    return { body: JSON.parse(text) as unknown, costUsd: response.headers.get('x-flux-cost-usd') };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
