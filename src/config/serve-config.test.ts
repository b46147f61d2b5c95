import { expect, test } from 'vitest';
import { loadServeConfig } from './serve-config.js';

test('flags win over variables, those over the file, that over the defaults', () => {
  const file = { port: 1, rate: 5, host: '::1', corsOrigin: ['https://a.example'] };
  const env = { LABELWISE_SERVE_PORT: '2', LABELWISE_SERVE_RATE: '6', LABELWISE_SERVE_ANSWER_TO: 'a, b', LABELWISE_SERVE_OPEN: 'yes' };
  expect(loadServeConfig({ port: '0', model: 'x' }, env, file)).toMatchObject({
    port: 0,
    rate: 6,
    host: '::1',
    corsOrigin: ['https://a.example'],
    answerTo: ['a', 'b'],
    open: true,
    allowUrls: false,
    maxItems: 64,
  });
  expect(loadServeConfig({}, {}, undefined)).toMatchObject({ host: '127.0.0.1', port: 8080, open: false, isolate: false });
});

test.each([
  ['a flag', { port: '70000' }, {}, {}, 'INVALID_ARGUMENT', 'Expected `port` to be a whole number from 0 to 65535, got "70000".'],
  [
    'a variable',
    {},
    { LABELWISE_SERVE_RATE: '0' },
    {},
    'CONFIG_INVALID',
    'Expected LABELWISE_SERVE_RATE to be a whole number from 1, got "0".',
  ],
  [
    'the file',
    {},
    {},
    { open: 'maybe' },
    'CONFIG_INVALID',
    'Expected serve.open in labelwise.config.json to be true or false, got "maybe".',
  ],
  ['a typing error', {}, {}, { prot: 1 }, 'CONFIG_INVALID', 'labelwise.config.json has the setting "serve.prot", which does not exist.'],
])('%s that cannot be used is named', (_, flags, env, file, code, message) => {
  expect(() => loadServeConfig(flags, env, file)).toThrow(expect.objectContaining({ code, message }));
});
