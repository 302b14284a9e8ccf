import { describe, expect, it } from 'vitest';
import packageFile from '../../package.json' with { type: 'json' };
import { transcript } from '../fixtures/transcript.ts';

describe('mtls-agent', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('lists its commands for %j', async (args) => {
    const { code, stdout, stderr } = await transcript(args);
    expect([code, stderr]).toEqual([0, '']);
    for (const command of ['run', 'check', 'stats', 'compile', 'version']) expect(stdout).toMatch(new RegExp(`^  ${command} +\\w.*[^.]$`, 'm'));
    expect(stdout).toMatch(/tells more, with examples\.\n$/);
  });

  it.each(['run', 'check', 'stats', 'compile', 'version'])('%s --help prints its usage with an example, and does nothing', async (name) => {
    const { code, stdout, stderr } = await transcript([name, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^usage: mtls-agent ${name}`));
    expect(stdout).toMatch(/^examples?:\n {2}\S/m);
  });

  it('prints its version', async () => {
    expect(await transcript(['--version'])).toEqual({ code: 0, stdout: `mtls-agent ${packageFile.version}\n`, stderr: '' });
    expect(await transcript(['version'])).toEqual(await transcript(['--version']));
    expect(JSON.parse((await transcript(['version', '--json'])).stdout)).toEqual({ version: packageFile.version });
  });

  it('names the nearest command for one it does not know, and exits 64', async () => {
    expect(await transcript(['stat'])).toEqual({ code: 64, stdout: '', stderr: 'error: there is no command stat\nhint: did you mean stats? mtls-agent --help lists all\n' });
  });

  it.each(['constructor', '__proto__', 'toString'])('takes %s for no command either', async (name) => {
    expect((await transcript([name])).code).toBe(64);
  });

  it('prints what a command throws as error and hint, with its exit code', async () => {
    const { code, stdout, stderr } = await transcript(['compile', 'nonexistent.json', '--all']);
    expect([code, stdout]).toEqual([65, '']);
    expect(stderr).toMatch(/^error: cannot read nonexistent\.json: no such file or directory\n/);
  });
});
