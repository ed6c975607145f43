/** Frames of `application/vnd.amazon.eventstream`: prelude, headers, payload, a CRC of each part. One per line of text. */
import { crc32 } from 'node:zlib';

/** A line is `<event type> <JSON>`; a type with "!" before it is an exception. */
export function framesOf(text: string | Buffer): Buffer {
  const lines = text.toString().split('\n').filter(Boolean);
  return Buffer.concat(
    lines.map((line) => frameOf(line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1))),
  );
}

function frameOf(type: string, json: string): Buffer {
  const failed = type.startsWith('!');
  const headers = Buffer.concat([
    header(failed ? ':exception-type' : ':event-type', type.replace('!', '')),
    header(':content-type', 'application/json'),
    header(':message-type', failed ? 'exception' : 'event'),
  ]);
  const payload = Buffer.from(json);
  const length = 12 + headers.length + payload.length + 4;
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, headers, payload]);
  return Buffer.concat([message, number(crc32(message))]);
}

const textType = 7;

function header(name: string, value: string): Buffer {
  const size = Buffer.alloc(2);
  size.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(textType), size, Buffer.from(value)]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
