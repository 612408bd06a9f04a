/** Runs before `npm start` and the browser tests: builds the page when it is missing or older than its source. */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = ['src/web', 'src/shared', 'vite.config.ts', 'package-lock.json']
const built = statSync(join(root, 'dist/web/index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0

if (Math.max(...sources.map((path) => newest(join(root, path)))) > built) {
  console.error('Building the page…')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}

/** When anything at the path was last changed; a folder's own time tells of files that are gone. */
function newest(path) {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}
