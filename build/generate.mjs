// @ts-check
/**
 * Regenerates src/sds/gen from src/sds/proto. Run by hand after a change there (`npm run generate`); the result is
 * committed, so that neither users nor CI need a protobuf compiler.
 */
import { execFileSync } from 'node:child_process';

const TOOLS = ['@bufbuild/buf@1.75.0', '@bufbuild/protoc-gen-es@2.13.0'];
const TEMPLATE = JSON.stringify({
  version: 'v2',
  clean: true,
  plugins: [{ local: 'protoc-gen-es', out: 'src/sds/gen', opt: ['target=ts', 'import_extension=ts'] }],
});

execFileSync('npx', ['--yes', ...TOOLS.flatMap((tool) => ['-p', tool]), 'buf', 'generate', 'src/sds/proto', '--template', TEMPLATE], { stdio: 'inherit' });
