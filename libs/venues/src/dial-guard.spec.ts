import { describe, expect, it } from 'vitest';
import { guardedLookup, isForbiddenAddress } from './dial-guard.js';

describe('isForbiddenAddress', () => {
  it.each(['169.254.169.254', '169.254.0.1', '100.100.100.200', 'fe80::1', 'fd00:ec2::254', '::ffff:169.254.169.254'])(
    '%s',
    (address) => expect(isForbiddenAddress(address)).toBe(true),
  );
  it.each(['127.0.0.1', '10.0.0.1', '192.168.1.1', '8.8.8.8', '::1', 'fd12::1', 'venue.example'])('not %s', (address) =>
    expect(isForbiddenAddress(address)).toBe(false),
  );
});

describe('guardedLookup', () => {
  const answering = (...addresses: string[]) =>
    guardedLookup((_, options, done) => {
      expect(options.all).toBe(true);
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    });
  const ask = (lookup: ReturnType<typeof guardedLookup>, all: boolean) =>
    new Promise<unknown[]>((resolve) => lookup('venue.example', { all }, (...answer) => resolve(answer)));

  it('passes on what resolves to allowed addresses, in either form', async () => {
    expect(await ask(answering('10.0.0.1', '10.0.0.2'), false)).toEqual([null, '10.0.0.1', 4]);
    expect(await ask(answering('10.0.0.1'), true)).toEqual([null, [{ address: '10.0.0.1', family: 4 }]]);
  });

  it('fails when any address is forbidden, or there is none', async () => {
    expect(String((await ask(answering('10.0.0.1', '169.254.169.254'), true))[0])).toContain(
      'forbidden address 169.254.169.254',
    );
    expect(String((await ask(answering(), false))[0])).toContain('no address');
  });
});
