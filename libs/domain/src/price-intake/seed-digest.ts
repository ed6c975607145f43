/**
 * Which book this release ships, by the digest of its claims: so nobody can pass prices of their own off as the
 * product's. A spec compares it with prisma/seed/prices and says what it must be.
 */
export const seedSource = 'o10-seed';

/** Who wrote the shipped book, for the rule that a second person approves. No member can have this name: it is no address. */
export const seedAuthor = 'o10';

/** SHA-256 of the RFC 8785 JSON of the claims on the wire, files in the order of their names. */
export const seedDigest = 'af6c2e5bb4b048e4021b75b3d82e96bd91ea27bb9ead6ac618408155f688c1cf';
