/** Which fault an error of undici or of the operating system is. The stage decides where the error's name does not. */
import type { VenueFaultCode } from './venue-fault.js';

const byCode: Record<string, VenueFaultCode> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout_connect',
  ETIMEDOUT: 'timeout_connect',
  UND_ERR_HEADERS_TIMEOUT: 'timeout_first_byte',
  UND_ERR_BODY_TIMEOUT: 'timeout_idle',
  UND_ERR_HEADERS_OVERFLOW: 'protocol_error',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'protocol_error',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'protocol_error',
  UND_ERR_DESTROYED: 'aborted',
  UND_ERR_CLOSED: 'aborted',
  UND_ERR_SOCKET: 'reset',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
};

/** `requestSent` false: nothing was handed to a connection, so whatever it was, the venue was not reached. */
export function classifyError(error: Error & { code?: unknown }, requestSent: boolean): VenueFaultCode {
  const code = typeof error.code === 'string' ? error.code : '';
  const known = byCode[code];
  if (known === 'aborted') return known;
  if (!requestSent) return known === 'timeout_connect' ? known : 'unreachable';
  if (known === 'timeout_connect') return 'reset'; // the system gave up on a connection in use
  return known ?? (error.name === 'HTTPParserError' ? 'protocol_error' : 'reset'); // the parser's errors may have no code
}
