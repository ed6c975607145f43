/** Asks the control API. What it refuses is thrown with its code, so that a command can say what to do about it. */
import { Problem } from '#contracts/api/problem.js';

export interface ControlClient {
  /** `http://127.0.0.1:8081` */
  controlUrl: string;
  /** Of a member. */
  token: string;
}

export interface ControlRequest {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Instead of `body`: text as it is, of this type. */
  raw?: { text: string; type: string };
}

export class ControlRefused extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly errors: { path: string; message: string }[] = [],
  ) {
    super(message);
  }
}

/** The answer's JSON; undefined for an empty one. Throws `ControlRefused`, and what `fetch` throws. */
export async function askControl(client: ControlClient, request: ControlRequest): Promise<unknown> {
  const { body, raw } = request;
  const sent = raw?.text ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(new URL(request.path, client.controlUrl), {
    method: request.method,
    headers: {
      authorization: `Bearer ${client.token}`,
      ...(sent !== undefined && { 'content-type': raw?.type ?? 'application/json' }),
    },
    ...(sent !== undefined && { body: sent }),
  });
  const text = await response.text();
  if (response.ok) return text ? (JSON.parse(text) as unknown) : undefined;
  throw refusedBy(request, response.status, text);
}

function refusedBy({ method, path }: ControlRequest, status: number, text: string): ControlRefused {
  const asked = `${method} ${path}`;
  try {
    const problem = Problem.parse(JSON.parse(text));
    return new ControlRefused(problem.code, status, `${asked}: ${problem.detail}`, problem.errors);
  } catch {
    return new ControlRefused(
      'unknown',
      status,
      `${asked}: answered ${status} and not as o10 does: ${text.slice(0, 200)}`,
    );
  }
}
