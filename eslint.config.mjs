// @ts-check
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const bannedGlobals = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval'].map((name) => ({
  name,
  message: 'only src/clock.ts touches timers, so that tests can own the time',
}));

const bannedProperties = [
  { object: 'process', property: 'env', message: 'only entry points read the environment; pass what is needed in' },
  { object: 'process', property: 'argv', message: 'only entry points read argv' },
  { object: 'process', property: 'exit', message: 'only entry points exit' },
  { object: 'Date', property: 'now', message: 'only src/clock.ts reads the wall clock' },
  { object: 'AbortSignal', property: 'timeout', message: 'a timer in disguise: use Clock.deadline' },
  { object: 'Math', property: 'random', message: 'randomness is passed in' },
];

const bannedSyntax = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'only src/clock.ts reads the wall clock' },
];

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', '.cache/', 'coverage/', 'src/sds/gen/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      'max-lines': ['error', { max: 200, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...bannedGlobals],
      'no-restricted-properties': ['error', ...bannedProperties],
      'no-restricted-syntax': ['error', ...bannedSyntax],
    },
  },
  {
    files: ['src/clock.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['src/main.ts', 'src/demo/main.ts', 'src/demo/janitor.ts', 'src/demo/companion.ts', 'src/lambda/*-handler.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 400 }],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    rules: { 'no-console': 'off', '@typescript-eslint/no-unsafe-call': 'off', '@typescript-eslint/no-unsafe-member-access': 'off', '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-argument': 'off', '@typescript-eslint/no-unsafe-return': 'off' },
  },
);
