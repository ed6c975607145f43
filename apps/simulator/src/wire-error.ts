/** Errors as OpenAI spells them: `{"error":{message,type,param,code}}`, also for what goes wrong at the venue itself. */
export interface WireError {
  status: number;
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

export function invalidRequest(message: string, param: string | null, code: string | null = null): WireError {
  return { status: 400, message, type: 'invalid_request_error', param, code };
}

export function wrongKey(given: string | null): WireError {
  const message = given
    ? `Incorrect API key provided: ${given.slice(0, 4)}***. You can find your API key at the venue.`
    : "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
  return { status: 401, message, type: 'invalid_request_error', param: null, code: given ? 'invalid_api_key' : null };
}

export function unknownModel(model: string): WireError {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return { status: 404, message, type: 'invalid_request_error', param: null, code: 'model_not_found' };
}

export function unknownUrl(method: string, path: string): WireError {
  const message = `Invalid URL (${method} ${path})`;
  return { status: 404, message, type: 'invalid_request_error', param: null, code: 'unknown_url' };
}

export function wrongMethod(method: string, path: string): WireError {
  const message = `Not allowed to ${method} on ${path}.`;
  return { status: 405, message, type: 'invalid_request_error', param: null, code: 'method_not_supported' };
}

/** What a venue says when it is the venue's own doing. */
export function venueError(status: number): WireError {
  const known: Record<number, Pick<WireError, 'message' | 'type' | 'code'>> = {
    429: { message: 'Rate limit reached for requests', type: 'requests', code: 'rate_limit_exceeded' },
    503: {
      message: 'The server is currently overloaded with other requests.',
      type: 'server_error',
      code: 'server_overloaded',
    },
    498: {
      message: 'Flex tier capacity exceeded, please try again later.',
      type: 'flex_tier_capacity_exceeded',
      code: 'capacity_exceeded',
    },
    529: { message: 'Overloaded', type: 'overloaded_error', code: 'overloaded' },
  };
  const fallback = {
    message: 'The server had an error while processing your request.',
    type: 'server_error',
    code: null,
  };
  return { status, param: null, ...(known[status] ?? fallback) };
}

export function spellError({ message, type, param, code }: WireError): string {
  return JSON.stringify({ error: { message, type, param, code } });
}
