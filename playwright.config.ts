import { defineConfig } from '@playwright/test'
import { findChromium } from './tests/support/chromium.ts'

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: '.flathouse/e2e',
  // Each file starts its own servers, on a small machine.
  workers: 1,
  // What is awaited comes when it comes: on a slow and busy machine late, and only a test that fails waits so long.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  forbidOnly: true,
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    actionTimeout: 60_000,
    trace: 'retain-on-failure',
    launchOptions: { executablePath: findChromium() ?? 'chromium', args: quiet },
  },
})
