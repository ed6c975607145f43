/**
 * Finds members of a JSON object in its bytes, so that they can be edited without touching the others.
 * It looks at the top level only, and it trusts nothing: bytes that are not one JSON object give null. It does
 * not validate values it skips; whoever needs that parses as well.
 */

/** Byte offsets of one member: `"key": value`, between `commaBefore` and `commaAfter` (-1 where there is none). */
export interface MemberSpan {
  /** Position among all members, from 0. */
  index: number;
  commaBefore: number;
  keyStart: number;
  valueStart: number;
  valueEnd: number;
  commaAfter: number;
}

export interface TopLevel {
  /** The first member of each wanted name that is there. */
  members: Map<string, MemberSpan>;
  /** A wanted name that occurs more than once, however it is escaped. */
  duplicate: string | null;
  memberCount: number;
  /** Offset of the closing brace. */
  closeBrace: number;
}
