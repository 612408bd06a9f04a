import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

/** A shell remembers where it found `node`, so an installation in the same line is no reason to look again. */
it.each(Object.entries(scripts).filter(([, script]) => /ensure-installed.mjs && .*node/.test(script)))(
  'npm run %s goes on with the Node that it has just installed',
  (_, script) => {
    const folder = mkdtempSync(join(tmpdir(), 'flathouse-setup-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
      chmodSync(join(folder, path), 0o755)
    }
    const pinned = join(folder, 'node_modules/.bin')
    // The Node that is there installs the pinned one.
    write(
      'system/node',
      `#!/bin/sh\nmkdir -p ${pinned}\ncp ${folder}/pinned ${pinned}/node\necho system "$1"\n`,
    )
    write('pinned', '#!/bin/sh\necho pinned "$1"\n')
    const PATH = `${pinned}:${folder}/system:/usr/bin:/bin`
    const said = execFileSync('/bin/sh', ['-c', script], { cwd: folder, env: { PATH }, encoding: 'utf8' })
    const [first, ...others] = said.trim().split('\n')
    expect(first).toBe('system scripts/ensure-installed.mjs')
    expect(others.length).toBeGreaterThan(0)
    expect(others.filter((line) => !line.startsWith('pinned '))).toEqual([])
  },
)
