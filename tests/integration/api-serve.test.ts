import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { healthSchema, type Health } from '../../src/shared/index.ts'
import { ask, bearer, useLink } from '../support/api.ts'
import { House, openHouse } from '../support/cli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

let house: House

beforeEach(() => {
  house = new House()
})
afterEach(() => house[Symbol.asyncDispose]())

/** The first lines of a process that goes on, up to one that matches. */
function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: string) => {
      text += chunk
      if (pattern.test(text)) resolve(text)
    })
    child.once('exit', () => reject(new Error(`it ended after: ${text}`)))
  })
}

const health = async (url: string, token: string): Promise<Health> =>
  healthSchema.parse(JSON.parse((await ask(url, { path: '/api/v1/health', token })).text))

function embeddedPid(data: string): number {
  const runtime = readFileSync(join(data, 'embedded', 'runtime.json'), 'utf8')
  return (JSON.parse(runtime) as { pid: number }).pid
}

function serving(data: string): { text: string; mode: number } {
  const path = join(data, 'serving.json')
  return { text: readFileSync(path, 'utf8'), mode: statSync(path).mode & 0o777 }
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)

describe('flathouse serve', () => {
  it('says in one line where it is, serves the current folder, and stops without leaving a process', async () => {
    house.write('a.csv', 'n\n1\n')
    const { process: child, answer } = house.start(['serve', '--port', '0', '--json'])
    const line = await said(child, /\n$/)
    const { url, loginUrl, ...rest } = JSON.parse(line) as { url: string; loginUrl: string }
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(loginUrl).toMatch(new RegExp(`^${url}/login#code=[\\w-]{43}$`))
    expect(rest).toEqual({ embedded: 'ready' })
    expect(serving(house.data)).toEqual({ text: `${JSON.stringify({ url })}\n`, mode: 0o600 })
    const token = await useLink(loginUrl)
    expect(await health(url, token)).toMatchObject({ status: 'ok', embedded: 'ready', sample: null })
    const files = await ask(url, { path: '/api/v1/files?folder=', token })
    expect(files.text).toContain('a.csv')

    const pid = embeddedPid(house.data)
    expect(isAlive(pid)).toBe(true)
    const started = Date.now()
    child.kill('SIGTERM')
    expect(await answer).toMatchObject({ exitCode: 0, stdout: line, stderr: '' })
    // What would be waited for is waited for 30 s (--grace).
    expect(Date.now() - started).toBeLessThan(15_000)
    expect(existsSync(join(house.data, 'serving.json'))).toBe(false)
    await expect.poll(() => isAlive(pid)).toBe(false)
  })

  it('stops within seconds while a transfer runs and a page is open', async () => {
    const { process: child, answer } = house.start(['serve', '--port', '0'])
    const text = await said(child, /#code=.*\n$/)
    const [url = ''] = /http:\S+/.exec(text) ?? []
    const token = await useLink(text.trimEnd().split('\n').at(-1) ?? '')
    {
      await using open = await openHouse(house)
      await open.server.command('CREATE VIEW endless AS SELECT number FROM numbers(100000000000)')
    }
    const transfer = {
      direction: 'export',
      source: { kind: 'table', server: 'embedded', table: 'endless' },
      target: { kind: 'file', path: 'long.csv' },
    }
    const begun = await ask(url, { method: 'POST', path: '/api/v1/runs', body: { transfer }, token })
    expect(begun.status, begun.text).toBe(201)
    const page = new WebSocket(`${url.replace('http', 'ws')}/api/v1/events`, { headers: bearer(token) })
    await once(page, 'open')
    await expect.poll(() => house.parts()).toEqual(['long.csv.part'])
    const pid = embeddedPid(house.data)
    const started = Date.now()
    child.kill('SIGINT')
    expect((await answer).exitCode).toBe(0)
    expect(Date.now() - started).toBeLessThan(15_000)
    expect(house.parts()).toEqual([])
    await expect.poll(() => isAlive(pid)).toBe(false)
  })

  it.each([
    [['--port', '70000'], /port/],
    [['--workspace', 'nowhere'], /"nowhere"/],
    [['--workspace', '../data/mounts'], /"\.\.\/data\/mounts" is in the data folder/],
  ])('refuses %j', async (args, sentence) => {
    const { exitCode, stdout, stderr } = await house.run(['serve', '--port', '0', ...args])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(sentence)
  })

  it('refuses a data folder that another one serves, until that one is killed', async () => {
    const first = house.start(['serve', '--port', '0', '--json'])
    await said(first.process, /\n$/)
    const second = await house.run(['serve', '--port', '0'])
    expect([second.exitCode, second.stdout]).toEqual([2, ''])
    expect(second.stderr).toContain(`Another Flathouse already serves the data folder ${house.data}.\n`)
    first.process.kill('SIGKILL')
    await first.answer
    const third = house.start(['serve', '--port', '0', '--json'])
    await said(third.process, /\n$/)
    third.process.kill('SIGTERM')
    expect((await third.answer).exitCode).toBe(0)
  })

  it('says that a port is busy', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { exitCode, stdout } = await house.run(['serve', '--port', `${port}`, '--json'])
    other.close()
    expect(exitCode).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      error: { message: `Port ${port} of 127.0.0.1 is in use by another program; choose one with --port.` },
    })
  })
})

describe('npm start', () => {
  it('ends its words with a link that logs in to the page, which has a sample to try, and stops on Ctrl-C', async () => {
    // The usual port is taken, by us or by somebody else: then any other will do.
    const taken = createServer().on('error', () => undefined)
    taken.listen(8080, '127.0.0.1')
    const child = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'src/main/start.ts')], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: house.dir,
        FLATHOUSE_DATA: house.data,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.setEncoding('utf8')
    const text = await said(child, /http:\S+\n$/)
    const loginUrl = text.trimEnd().split('\n').at(-1) ?? ''
    expect(loginUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login#code=[\w-]{43}$/)
    const { origin: url } = new URL(loginUrl)
    expect(url).not.toMatch(/:8080$/)
    const token = await useLink(loginUrl)
    const { sample } = await health(url, token)
    expect(sample).toMatchObject({
      source: { path: 'samples/flights.csv' },
      target: { server: 'embedded', table: 'first_transfer' },
      mode: 'replace',
    })
    const { text: tables } = await ask(url, {
      path: '/api/v1/connections/embedded/tables?database=main',
      token,
    })
    expect(JSON.parse(tables)).toMatchObject({
      tables: [
        { table: 'airports', rows: 3376 },
        { table: 'flights', rows: 3_000_000 },
      ],
    })
    const { text: files } = await ask(url, { path: '/api/v1/files?folder=samples', token })
    expect(JSON.parse(files)).toMatchObject({ entries: [{ name: 'airports.csv' }, { name: 'flights.csv' }] })
    expect(statSync(join(house.data, 'workspace')).mode & 0o777).toBe(0o700)
    const pid = embeddedPid(house.data)
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    expect(await ended).toEqual([0, null])
    taken.close()
    await expect.poll(() => isAlive(pid)).toBe(false)
  })
})
