import { expect, it } from 'vitest';
import packageFile from '../../package.json' with { type: 'json' };
import { transcript } from '../fixtures/transcript.ts';

it('prints the version of the package, for people and for scripts', async () => {
  expect(await transcript(['version'])).toEqual({ code: 0, stdout: `mtls-agent ${packageFile.version}\n`, stderr: '' });
  expect(await transcript(['version', '--json'])).toEqual({ code: 0, stdout: `{"version":"${packageFile.version}"}\n`, stderr: '' });
});
