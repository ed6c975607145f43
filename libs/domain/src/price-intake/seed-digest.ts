/**
 * Which book this release ships, by the digest of its claims: so nobody can pass prices of their own off as the
 * product's. A spec compares it with prisma/seed/prices and says what it must be.
 */
export const seedSource = 'o10-seed';

/** Who wrote the shipped book, for the rule that a second person approves. No member can have this name: it is no address. */
export const seedAuthor = 'o10';

/** SHA-256 of the RFC 8785 JSON of the claims on the wire, files in the order of their names. */
export const seedDigest = '34fd45ccd108829dc6a4ba8502e4683e8a9adcc49efc254bc17447795528ee14';
