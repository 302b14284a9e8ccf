import { expect, it } from 'vitest';
import { renderGuide } from '../src/error-guide.ts';

const INTRODUCTION = `# Running it in a container

This folder is data: what a container platform is told. \`compose.yaml\` runs the demo's mesh on one machine; \`ecs\` has its task definitions, \`kubernetes\` its Deployments.

## Symptom, cause, fix

Every failure has a code of a closed set. It stands in the log as \`code\`, in \`/status\` as \`problem.code\` and in \`check --json\`.
This table is generated from the set: \`npx vitest run test/error-guide.test.ts --update\`.

`;

it('the table of symptoms in container/README.md is the closed set of errors, complete', async () => {
  await expect(`${INTRODUCTION}${renderGuide()}\n`).toMatchFileSnapshot('../container/README.md');
});
