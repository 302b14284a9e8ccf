import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { systemClock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { type CustomResourceRequest, sendByPut } from './custom-resource.ts';
import { type Fill, type LambdaContext, exportForStack } from './exporter.ts';

/** What Lambda calls; region, credentials and the renewer's name (RENEWER) are in its environment. */
// the renewer runs once at a time, and a stack asks for several secrets at once: the busy signal is tried again for half a minute
const lambda = new LambdaClient({ maxAttempts: 8 });
const log = createLogger(systemClock, 'info', (line) => void process.stdout.write(line));

/** One function may export and store, the renewer; this one may ask it. */
const fill: Fill = async (properties) => {
  const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: process.env['RENEWER'], Payload: Buffer.from(JSON.stringify({ fill: properties })) }));
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}') as { readonly errorMessage?: string; readonly versionId?: string };
  if (FunctionError !== undefined || answer.versionId === undefined) throw new AgentError('check-failed', answer.errorMessage ?? 'the renewer answered without a version', { hint: 'the log of the renewer has it in full' });
  return { versionId: answer.versionId };
};

export const handler = (request: CustomResourceRequest, context: LambdaContext): Promise<void> =>
  exportForStack(request, context, { fill, send: sendByPut, log, sleep: (ms) => systemClock.sleep(ms) });
