/** 256 entries in a file, each behind its length as a big-endian uint16: C2SP tlog-tiles, "log entries". */

/** Requires every entry to have at most 65,535 bytes. */
export function encodeBundle(entries: Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** The entries of a bundle. Throws where the last one is cut off. */
export function decodeBundle(bytes: Uint8Array): Buffer[] {
  const bundle = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Buffer[] = [];
  for (let at = 0; at < bundle.length;) {
    if (at + 2 > bundle.length) throw new RangeError(`entry ${entries.length} of the bundle is cut off`);
    const end = at + 2 + bundle.readUInt16BE(at);
    if (end > bundle.length) throw new RangeError(`entry ${entries.length} of the bundle is cut off`);
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
