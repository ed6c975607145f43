/** A venue's refusal in OpenAI's words. */
export function refusedByOpenAi(status: number, message: string): string {
  const type = status >= 500 ? 'server_error' : status === 429 ? 'requests' : 'invalid_request_error';
  return JSON.stringify({ error: { message, type, param: null, code: null } });
}
