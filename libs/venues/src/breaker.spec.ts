import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.js';

const terms = { failuresToOpen: 3, windowMs: 1_000, coolDownMs: 500, probeIntervalMs: 100 };

function opened(): Breaker {
  const breaker = new Breaker(terms);
  for (const at of [0, 10, 20]) breaker.failed('a', at);
  return breaker;
}

describe('Breaker', () => {
  it('opens at the third fault in a row within the window, for that venue alone', () => {
    const breaker = new Breaker(terms);
    breaker.failed('a', 0);
    breaker.failed('a', 10);
    expect(breaker.isOpen('a', 15)).toBe(false);
    breaker.failed('a', 20);
    expect(breaker.isOpen('a', 20)).toBe(true);
    expect(breaker.isOpen('b', 20)).toBe(false);
  });

  it('forgets faults older than the window, and all of them at a success', () => {
    const breaker = new Breaker(terms);
    for (const at of [0, 600, 1_200, 1_800]) breaker.failed('a', at);
    expect(breaker.isOpen('a', 1_800)).toBe(false);
    breaker.succeeded('a');
    breaker.failed('a', 1_810);
    breaker.failed('a', 1_820);
    expect(breaker.isOpen('a', 1_820)).toBe(false);
  });

  it('lets one instant per interval through after the cool-down', () => {
    const breaker = opened();
    expect(breaker.isOpen('a', 519)).toBe(true);
    expect([520, 520, 521, 619, 620, 621].map((at) => breaker.isOpen('a', at))).toEqual([
      false,
      false,
      true,
      true,
      false,
      true,
    ]);
  });

  it('stays open when the probe fails and closes when it succeeds', () => {
    const breaker = opened();
    expect(breaker.isOpen('a', 520)).toBe(false);
    breaker.failed('a', 530);
    expect(breaker.isOpen('a', 1_029)).toBe(true);
    expect(breaker.isOpen('a', 1_030)).toBe(false);
    breaker.succeeded('a');
    expect(breaker.isOpen('a', 1_031)).toBe(false);
  });

  it('does not count a late fault of an earlier call as a new outage', () => {
    const breaker = opened();
    breaker.failed('a', 500);
    expect(breaker.isOpen('a', 520)).toBe(false);
  });
});
