/** One realm per file: plugin code runs in the main realm (see docs/decisions), tests in jest's. */
module.exports = {
  // Each suite leaves some memory behind in its worker; a heap near its limit makes the last of them many times slower.
  workerIdleMemoryLimit: '600MB',
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/plugins-example'],
  // Packages of `npm run test:oracles`, hundreds of megabytes.
  modulePathIgnorePatterns: ['<rootDir>/test/oracles/'],
  testMatch: ['**/*.test.ts'],
  setupFiles: ['reflect-metadata'],
  // A real PostgreSQL server; started by the first test that asks for a database.
  globalSetup: '<rootDir>/test/support/postgres-setup.ts',
  globalTeardown: '<rootDir>/test/support/postgres-teardown.ts',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^gatehouse$': '<rootDir>/src/index.ts',
    '^gatehouse/compat$': '<rootDir>/src/compat/index.ts',
    '^gatehouse/testing$': '<rootDir>/src/testing.ts',
  },
  testTimeout: 20_000,
  // Two cores are what the suite is kept short for. Many tests wait for processes, clocks and browsers: a third worker works meanwhile.
  maxWorkers: 3,
};
