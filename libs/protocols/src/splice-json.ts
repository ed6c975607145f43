/**
 * Edits members of a JSON object in its bytes. Every byte that is not part of an edit stays as it was, white
 * space, number spellings and the order of members included; a parse and re-serialise would keep none of them.
 */
import type { MemberSpan, TopLevel } from './json-top-level.js';

/** `value` is JSON text (or its bytes). Setting a name that is not there adds it at the end. */
export type JsonEdit = { name: string; value: string | Buffer } | { name: string; remove: true };

/** The bytes that go with a member when it alone is removed: its own and one comma. */
export function memberCut(member: MemberSpan): { start: number; end: number } {
  if (member.commaBefore >= 0) return { start: member.commaBefore, end: member.valueEnd };
  return { start: member.keyStart, end: member.commaAfter < 0 ? member.valueEnd : member.commaAfter + 1 };
}

interface Cut {
  start: number;
  end: number;
  insert: string | Buffer;
}

/**
 * Applies the edits, each naming a member at most once and only names `top` was scanned for. Removing a name
 * that is not there changes nothing; without changes the same Buffer comes back. The object may stand anywhere in
 * `bytes`; what is around it is kept.
 */
export function spliceJson(bytes: Buffer, top: TopLevel, edits: readonly JsonEdit[]): Buffer {
  const cuts: Cut[] = [];
  const removals: MemberSpan[] = [];
  const additions: { name: string; value: string | Buffer }[] = [];
  for (const edit of edits) {
    const member = top.members.get(edit.name);
    if ('remove' in edit) {
      if (member) removals.push(member);
    } else if (member) cuts.push({ start: member.valueStart, end: member.valueEnd, insert: edit.value });
    else additions.push(edit);
  }
  removals.sort((a, b) => a.index - b.index);
  let prefix = 0;
  for (const member of removals) {
    // While everything before a member goes too, the comma behind it must go instead of the one before it.
    if (member.index === prefix) {
      prefix++;
      cuts.push({
        start: member.keyStart,
        end: member.commaAfter < 0 ? member.valueEnd : member.commaAfter + 1,
        insert: '',
      });
    } else cuts.push({ start: member.commaBefore, end: member.valueEnd, insert: '' });
  }
  let remaining = top.memberCount - removals.length;
  for (const { name, value } of additions) {
    cuts.push({
      start: top.closeBrace,
      end: top.closeBrace,
      insert: `${remaining > 0 ? ',' : ''}${JSON.stringify(name)}:`,
    });
    cuts.push({ start: top.closeBrace, end: top.closeBrace, insert: value });
    remaining++;
  }
  return applyCuts(bytes, cuts);
}

function applyCuts(bytes: Buffer, cuts: Cut[]): Buffer {
  if (cuts.length === 0) return bytes;
  cuts.sort((a, b) => a.start - b.start); // stable: insertions at one place keep their order
  const parts: Buffer[] = [];
  let from = 0;
  for (const cut of cuts) {
    if (cut.start > from) parts.push(bytes.subarray(from, cut.start));
    if (cut.insert.length > 0) parts.push(typeof cut.insert === 'string' ? Buffer.from(cut.insert) : cut.insert);
    from = cut.end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}
