import { expect, test } from 'vitest';
import { parseDuration, parseSpan } from '../../src/config/duration.ts';

test.each([['250ms', 250], ['30s', 30_000], ['5m', 300_000], ['2h', 7_200_000], ['0s', 0], ['500h', 1_800_000_000]])('%s is %i milliseconds', (given, ms) => {
  expect(parseDuration(given)).toBe(ms);
});

test.each(['5', '5 s', '5d', '-5s', '1.5s', '5S', '5s30', '', 'soon'])('"%s" is not a duration', (given) => {
  expect(() => parseDuration(given)).toThrow(`"${given}" is not a duration, expected for example 250ms, 30s, 5m or 2h`);
});

test('a duration that a timer would take as "at once" is refused', () => {
  expect(() => parseDuration('501h')).toThrow('"501h" is too long, expected at most 500h');
});

test('a span is more than nothing', () => {
  expect(parseSpan('1ms')).toBe(1);
  expect(() => parseSpan('0s')).toThrow('"0s" is no time at all');
});
