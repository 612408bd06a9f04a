import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'tests/corpus/**/*.test.ts'],
          // Some start processes, and a busy machine is no defect.
          testTimeout: 30_000,
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
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
