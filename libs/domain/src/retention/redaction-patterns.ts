/** What the rules with a name look for, in RE2 syntax; where a number has a check digit, it must be right. */
import type { NamedRedaction } from '#contracts/use-case.js';

export interface RedactionPattern {
  pattern: string;
  /** False: it only looks like one. */
  check?: (found: string) => boolean;
}

export const redactionPatterns: Record<NamedRedaction, RedactionPattern> = {
  /** Private keys and the tokens of well-known services, by their prefix. */
  secret_key: {
    pattern: [
      String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----`,
      String.raw`\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}`,
      String.raw`\bgh[pousr]_[A-Za-z0-9]{20,}`,
      String.raw`\bgithub_pat_[A-Za-z0-9_]{20,}`,
      String.raw`\bxox[abeprs]-[A-Za-z0-9-]{10,}`,
      String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`,
      String.raw`\bAIza[A-Za-z0-9_-]{35}`,
      String.raw`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`,
    ].join('|'),
  },
  email: { pattern: String.raw`(?i)[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)*\.\pL{2,24}` },
  /** ISO 13616: country, check digits, up to 30 characters. */
  iban: { pattern: String.raw`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b`, check: isIban },
  /** ISO/IEC 7812: 13 to 19 digits, with spaces or hyphens between them. */
  card_number: { pattern: String.raw`\b\d(?:[ -]?\d){12,18}\b`, check: isLuhn },
  /** With its country code, or as it is written in North America. */
  phone_number: { pattern: String.raw`\+\d[\d ()./-]{6,18}\d|\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b` },
  ip_address: { pattern: String.raw`\b(?:\d{1,3}\.){3}\d{1,3}\b`, check: isIpv4 },
};

/** The last digit makes the sum of the others, every second one doubled, a multiple of ten. */
function isLuhn(found: string): boolean {
  const digits = found.replace(/\D/g, '');
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = digit * 2;
    sum += at % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 7064, modulo 97: the first four characters behind the others, letters as numbers from 10 on. */
function isIban(found: string): boolean {
  const text = found.replaceAll(' ', '');
  const spelled = (text.slice(4) + text.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return BigInt(spelled) % 97n === 1n;
}

function isIpv4(found: string): boolean {
  return found.split('.').every((part) => Number(part) <= 255);
}
