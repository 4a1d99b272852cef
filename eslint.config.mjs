import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'dist.*/', 'node_modules/', 'coverage/', 'artifacts/', 'data/', 'test/fixtures/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.check.json', './console/tsconfig.json', './test/tsconfig.browser.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false, attributes: false } },
      ],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // The compiler writes exported constants as members of CommonJS's `exports`: nothing may stand in its way.
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          ':function > Identifier.params',
          ':function > AssignmentPattern.params > Identifier.left',
          ':function > Identifier.id',
          'VariableDeclarator > Identifier.id',
          'ObjectPattern > Property > Identifier.value',
          'ObjectPattern > Property > AssignmentPattern.value > Identifier.left',
          'ArrayPattern > Identifier.elements',
          'RestElement > Identifier.argument',
          'CatchClause > Identifier.param',
          'ImportSpecifier > Identifier.local',
        ].map((binding) => ({
          selector: `${binding}[name='exports']`,
          message:
            'What is called `exports` hides that of CommonJS, which compiled code reads constants from.',
        })),
      ],
    },
  },
  {
    // A component is one function, its markup included.
    files: ['console/**/*.tsx'],
    rules: { 'max-lines-per-function': ['error', { max: 110, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
    },
  },
);
