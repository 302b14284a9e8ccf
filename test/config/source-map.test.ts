import { expect, test } from 'vitest';
import { parseSourceMap } from '../../src/config/source-map.ts';

test('maps references of both kinds to sources', () => {
  const given = '{"identity:/keys/color.pem":"secret:color/identity","trust:/keys/ca.pem":"secret:old-ca, secret:new-ca"}';
  expect(parseSourceMap(given)).toEqual({ 'identity:/keys/color.pem': 'secret:color/identity', 'trust:/keys/ca.pem': 'secret:old-ca,secret:new-ca' });
});

test.each([
  ['{', '"{" is not JSON, expected {"identity:REFERENCE":"SOURCE","trust:REFERENCE":"SOURCE,SOURCE"}'],
  ['[]', '"[]" is not a JSON object'],
  ['null', '"null" is not a JSON object'],
  ['{"key:/a":"secret:b"}', 'the key "key:/a" is neither identity:REFERENCE nor trust:REFERENCE'],
  ['{"identity:":"secret:b"}', 'the key "identity:" is neither'],
  ['{"identity:/a":1}', '"identity:/a" has no text as its source'],
  ['{"identity:/a":"nonsense"}', '"nonsense" is not a source'],
])('%s is refused', (given, message) => {
  expect(() => parseSourceMap(given)).toThrow(message);
});
