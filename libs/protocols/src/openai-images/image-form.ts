/**
 * A request for pictures as `multipart/form-data` (RFC 7578). Its boundary is its first line; only the few fields that
 * decide are read, and only the model's name is ever replaced. Files pass as they are.
 */
import type { MemberSpan, TopLevel } from '../json-top-level.js';
import type { JsonObject } from '../json-value.js';
import { refuse } from '../parse-body.js';
import type { BodyEdits, CallHead, HeadReading } from '../protocol.js';
import { headOf, wrongType } from './read-head.js';

interface FormPart {
  name: string;
  isFile: boolean;
  start: number;
  end: number;
}

const lineEnd = Buffer.from('\r\n');
const headersEnd = Buffer.from('\r\n\r\n');
const headerBytesMax = 4_096;
const partsMax = 200;

/** Null: not a form, or one that breaks off. */
function partsOf(body: Buffer): FormPart[] | null {
  const firstEnd = body.indexOf(lineEnd);
  if (firstEnd > 72 || !/^--[\w'()+,\-./:=?]+$/.test(body.toString('latin1', 0, Math.max(0, firstEnd)))) return null;
  const delimiter = Buffer.concat([lineEnd, body.subarray(0, firstEnd)]);
  const parts: FormPart[] = [];
  let at = firstEnd;
  while (body.subarray(at, at + 2).equals(lineEnd)) {
    const headers = body.indexOf(headersEnd, at);
    if (headers < 0 || headers - at > headerBytesMax || parts.length === partsMax) return null;
    const end = body.indexOf(delimiter, headers + 2);
    if (end < 0) return null;
    const head = body.toString('utf8', at, headers);
    const name = /^content-disposition:[^\r\n]*;\s*name="([^"\r\n]*)"/im.exec(head)?.[1];
    if (name === undefined) return null;
    parts.push({ name, isFile: /;\s*filename\*?=/i.test(head), start: headers + headersEnd.length, end });
    at = end + delimiter.length;
  }
  return body[at] === 0x2d && body[at + 1] === 0x2d ? parts : null;
}

/**
 * By the boundary that was read, whatever a header says: were there two, what is held and what the venue reads could be
 * different forms.
 */
export const formTypeOf = (body: Buffer): string =>
  `multipart/form-data; boundary="${body.toString('latin1', 2, body.indexOf(lineEnd))}"`;

const deciding: ReadonlySet<string> = new Set(['model', 'prompt', 'n', 'size', 'quality', 'stream', 'partial_images']);
const numbers: ReadonlySet<string> = new Set(['n', 'partial_images']);

export function readFormHead(body: Buffer): HeadReading {
  const parts = partsOf(body);
  if (!parts) return refuse('invalid_request', 'The body is neither a whole form nor a JSON object.');
  const parsed: JsonObject = {};
  const members = new Map<string, MemberSpan>();
  let textBytes = 0;
  for (const [index, { name, isFile, start, end }] of parts.entries()) {
    if (isFile || !deciding.has(name)) continue;
    if (members.has(name)) return refuse('duplicate_field', `"${name}" is given more than once.`, name);
    textBytes += end - start;
    parsed[name] = valueOf(name, body.toString('utf8', start, end));
    members.set(name, { index, commaBefore: -1, keyStart: start, valueStart: start, valueEnd: end, commaAfter: -1 });
  }
  const wrong = wrongType(parsed);
  if (wrong) return { refusal: wrong.refusal };
  const fields: TopLevel = { members, duplicate: null, memberCount: parts.length, closeBrace: body.length };
  return headOf(parsed, fields, { textBytes, pictures: parts.filter(({ isFile }) => isFile).length });
}

function valueOf(name: string, text: string): unknown {
  if (numbers.has(name)) return /^\d{1,6}$/.test(text) ? Number(text) : text;
  if (name === 'stream') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

export function editForm(body: Buffer, head: CallHead, edits: BodyEdits): Buffer {
  if (edits.tier !== 'standard') throw new Error(`the ${edits.tier} tier cannot be asked for here`);
  const model = head.fields.members.get('model');
  if (!model || edits.model === head.requestedModel) return body;
  return Buffer.concat([body.subarray(0, model.valueStart), Buffer.from(edits.model), body.subarray(model.valueEnd)]);
}
