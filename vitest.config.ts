import { defineConfig } from 'vitest/config'

/** How long `expect.poll` looks for what must come: on a busy machine a second, which is usual, is short. */
const expectation = { poll: { timeout: 20_000 } }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'tests/corpus/**/*.test.ts'],
          // Some start processes, and a busy machine is no defect.
          testTimeout: 30_000,
          expect: expectation,
          setupFiles: ['tests/property-seed.ts'],
        },
      },
      {
        test: {
          name: 'real',
          include: ['tests/{contract,integration,fault}/**/*.test.ts'],
          setupFiles: ['tests/property-seed.ts'],
          // Real servers on a small machine: files run one after another, and each starts its own processes.
          fileParallelism: false,
          // For what hangs; a slow and busy machine takes several times as long as it should.
          testTimeout: 300_000,
          expect: expectation,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
