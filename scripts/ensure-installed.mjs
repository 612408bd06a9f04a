/**
 * Runs before `npm start` and `npm test`, so that both work in a fresh checkout: installs what the lockfile says when
 * that has not been done or is out of date. Plain JavaScript, because an older Node than the pinned one runs it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')

/**
 * The versions of the lockfile, which stays as it is. Not `npm ci`: that refuses a lockfile without the optional
 * packages of every platform, and the registry it was made with did not have all of them.
 */
const install = ['install', '--no-save', '--no-audit', '--no-fund']

if (!isInstalled()) {
  console.error('Installing dependencies (about 1 GB on disk, a minute)…')
  const failure = npm(install)
  if (failure !== undefined) {
    fail(`Installing the dependencies failed: ${failure}`)
  } else if (!existsSync(join(modules, '.bin', 'node'))) {
    fail(
      `There is no Node 24 for ${process.platform}-${process.arch} among the dependencies: use Linux, macOS or WSL2.`,
    )
  }
}
if (process.exitCode === undefined) ensureLibrary()

function isInstalled() {
  const installed = modified(join(modules, '.package-lock.json'))
  const wanted = modified(join(root, 'package-lock.json'))
  return installed !== undefined && installed >= (wanted ?? 0) && existsSync(join(modules, '.bin', 'node'))
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

/**
 * The lockfile names the ClickHouse library of linux-x64 only, because the registry it was made with had no others.
 * chdb itself says which version belongs to it on every platform.
 */
function ensureLibrary() {
  if (process.env.FLATHOUSE_CLICKHOUSE_BIN) return
  const chdb = join(modules, 'chdb', 'package.json')
  const { optionalDependencies = {} } = JSON.parse(readFileSync(chdb, 'utf8'))
  const prefix = `@chdb/lib-${process.platform}-${process.arch}`
  const name = Object.keys(optionalDependencies).find((key) => key === prefix || key === `${prefix}-gnu`)
  if (name !== undefined && resolves(chdb, name)) return
  const fallback = 'set FLATHOUSE_CLICKHOUSE_BIN to the path of an installed ClickHouse to use that one'
  if (name === undefined) {
    console.error(`There is no embedded ClickHouse for ${process.platform}-${process.arch}: ${fallback}.`)
    return
  }
  const wanted = `${name}@${optionalDependencies[name]}`
  console.error(`Installing the embedded ClickHouse (${wanted})…`)
  const failure = npm([...install, wanted])
  if (failure !== undefined || !resolves(chdb, name)) {
    console.error(`The embedded ClickHouse (${wanted}) could not be installed: ${fallback}.`)
  }
}

function resolves(from, name) {
  try {
    createRequire(from).resolve(`${name}/libchdb.so`)
    return true
  } catch {
    return false
  }
}

/** What npm said when it failed; undefined when it did not. */
function npm(args) {
  const script = process.env.npm_execpath
  // npm_execpath may also name another package manager, which would not understand the lockfile.
  const [command, before] =
    script !== undefined && /npm-cli\.c?js$/.test(script) ? [process.execPath, [script]] : ['npm', []]
  const run = spawnSync(command, [...before, ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (run.status === 0) return undefined
  if (run.error !== undefined) return run.error.message
  // The sentence, without npm's fields (code, errno, …) before it and the stack after it.
  const told = /^npm error (?!(?:code|errno|syscall|path)\b)(\S.*)$/m.exec(run.stderr)
  return told?.[1] ?? `npm ended with ${run.signal ?? run.status}`
}

function fail(sentence) {
  console.error(sentence)
  process.exitCode = 1
}
