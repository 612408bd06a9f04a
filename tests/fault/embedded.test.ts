import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { type Endpoint, openEmbedded } from '../../src/embedded/index.ts'
import { noteFault } from '../support/fault-table.ts'
import { removeFolder } from '../support/folder.ts'

const dirs: string[] = []
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'flathouse-fault-'))
  dirs.push(dir)
})

const users: User[] = []
afterEach(() => {
  for (const user of users.splice(0)) user.process.kill('SIGKILL')
})
afterAll(async () => {
  await sleep(500)
  for (const path of dirs) removeFolder(path)
})

interface User {
  process: ChildProcess
  attached: boolean
  end: Endpoint
}

/** Another Flathouse: a process that opens the server of `dir`, says so, and leaves when its standard input closes. */
async function anotherFlathouse(): Promise<User> {
  const index = new URL('../../src/embedded/index.ts', import.meta.url).href
  const code = `import { openEmbedded } from '${index}'
    const server = await openEmbedded({ dataDir: process.argv[1] })
    console.log(JSON.stringify({ attached: server.attached, end: await server.endpoint() }))
    process.stdin.resume().on('end', () => server[Symbol.asyncDispose]())`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) {
    const user = { process: child, ...(JSON.parse(line) as Omit<User, 'process'>) }
    users.push(user)
    return user
  }
  throw new Error('the other Flathouse said nothing')
}

function query(end: Endpoint, sql: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const auth = `${end.username}:${end.password}`
    const call = request(end.url, { method: 'POST', agent: false, auth }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => (response.statusCode === 200 ? resolve(body.trim()) : reject(new Error(body))))
      response.on('error', reject)
    })
    call.on('error', reject)
    call.end(sql)
  })
}

const longQuery = 'SELECT count() FROM numbers(1e12) WHERE NOT ignore(cityHash64(number))'
const serverPid = () =>
  (JSON.parse(readFileSync(join(dir, 'embedded/runtime.json'), 'utf8')) as { pid: number }).pid
const exists = (pid: number) => {
  try {
    // A zombie has ended; only its parent has not noticed yet.
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
async function msUntilGone(pid: number): Promise<number> {
  const start = performance.now()
  while (exists(pid)) {
    if (performance.now() - start > 10_000) throw new Error('the server outlived its last user by 10 s')
    await sleep(5)
  }
  return performance.now() - start
}
const leave = (user: User) =>
  new Promise((resolve) => {
    user.process.once('exit', resolve)
    user.process.stdin?.end()
  })

it('survives the exit of the process that started it while another uses it', async () => {
  const starter = await anotherFlathouse()
  const other = await anotherFlathouse()
  expect([starter.attached, other.attached]).toEqual([false, true])
  const pid = serverPid()
  await leave(starter)
  await sleep(1000)
  expect(await query(other.end, 'SELECT 1')).toBe('1')
  await leave(other)
  await msUntilGone(pid)
})

it('is started once when many processes ask at the same instant', async () => {
  const all = await Promise.all([1, 2, 3, 4].map(() => anotherFlathouse()))
  expect(all.filter((user) => !user.attached)).toHaveLength(1)
  expect(new Set(all.map((user) => user.end.url)).size).toBe(1)
})

it('is gone soon after SIGKILL of its last user, also in the middle of a query', async () => {
  const user = await anotherFlathouse()
  query(user.end, longQuery).catch(() => undefined)
  await sleep(300)
  user.process.kill('SIGKILL')
  expect(await msUntilGone(serverPid())).toBeLessThan(3000)
  noteFault({
    fault: 'SIGKILL of the last user of the embedded server',
    rounds: 1,
    result: 'gone within 3 s',
  })
})

it('comes back with its data after SIGKILL of the server', async () => {
  await using server = await openEmbedded({ dataDir: dir })
  const before = await server.endpoint()
  await query(before, 'CREATE TABLE main.t (a Int64) ENGINE = MergeTree ORDER BY a')
  await query(before, 'INSERT INTO main.t SELECT number FROM numbers(1000)')
  const pid = serverPid()
  for (let round = 0; round < 3; round++) {
    query(await server.endpoint(), longQuery).catch(() => undefined)
    process.kill(serverPid(), 'SIGKILL')
    const after = await server.endpoint()
    expect(after.password).not.toBe(before.password)
    expect(await query(after, 'SELECT count(), sum(a) FROM main.t')).toBe('1000\t499500')
  }
  expect(serverPid()).not.toBe(pid)
  noteFault({
    fault: 'SIGKILL of the embedded server in a query',
    rounds: 3,
    result: 'back, with all its rows',
  })
})

it('is started again by one of its users when it was killed, and the others follow', async () => {
  await using first = await openEmbedded({ dataDir: dir })
  await using second = await openEmbedded({ dataDir: dir })
  process.kill(serverPid(), 'SIGKILL')
  const [one, two] = await Promise.all([first.endpoint(), second.endpoint()])
  expect(one).toEqual(two)
  expect(first.attached).not.toBe(second.attached)
})

it('serves the next command at once, and keeps what the last one wrote', async () => {
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    await using server = await openEmbedded({ dataDir: dir })
    const end = await server.endpoint()
    expect(performance.now() - start).toBeLessThan(3000)
    await query(end, 'CREATE TABLE IF NOT EXISTS main.n (a Int64) ENGINE = MergeTree ORDER BY a')
    await query(end, `INSERT INTO main.n SELECT ${round}`)
    expect(await query(end, 'SELECT count() FROM main.n')).toBe(String(round + 1))
  }
})

it('does not lose its server when it attaches as the last user leaves', async () => {
  let last = await openEmbedded({ dataDir: dir })
  for (let round = 0; round < 12; round++) {
    void last[Symbol.asyncDispose]()
    await sleep(round / 2)
    const next = await openEmbedded({ dataDir: dir })
    const end = await next.endpoint()
    await sleep(500)
    expect(await query(end, 'SELECT 1'), `round ${round}, attached ${next.attached}`).toBe('1')
    last = next
  }
  await last[Symbol.asyncDispose]()
})

it('takes over what dead processes left: a lock, a runtime file', async () => {
  const first = await anotherFlathouse()
  const pid = serverPid()
  first.process.kill('SIGKILL')
  await msUntilGone(pid)
  writeFileSync(join(dir, 'embedded/start.lock'), '999999999')
  await using server = await openEmbedded({ dataDir: dir })
  expect(await query(await server.endpoint(), 'SELECT 1')).toBe('1')
})
