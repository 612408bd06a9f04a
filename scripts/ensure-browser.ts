/** Runs before the browser tests: they use the system's Chromium, which is installed when it is missing and may be. */
import { spawnSync } from 'node:child_process'
import { findChromium } from '../tests/support/chromium.ts'

if (findChromium() === undefined && process.getuid?.() === 0) {
  console.error('Installing Chromium for the browser tests…')
  aptGet('update')
  aptGet('install', '-y', '--no-install-recommends', 'chromium')
}
if (findChromium() === undefined) {
  console.error(
    'The browser tests need Chromium: install it with your system’s package manager and try again.',
  )
  process.exitCode = 1
}

function aptGet(...args: string[]): void {
  spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
}
