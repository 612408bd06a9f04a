import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Connection, CreatedApiToken, Run } from '../../src/shared/index.ts'
import type { Request } from '../support/api.ts'
import { urlOf, type CliOptions } from '../support/cli.ts'
import { audience } from '../support/gateway.ts'
import { loginClient, programClient } from '../support/identity-provider.ts'
import { newSecret, Planted } from '../support/planted.ts'
import { openSecretWays, type SecretWays } from '../support/secret-ways.ts'
import { serve, type Served } from '../support/served.ts'
import { Witness, WitnessedHouse, WitnessedVisitor } from '../support/witness.ts'

/**
 * All that there is to do with secrets, well and badly, on a server whose log tells as much as it can. At the end none
 * of them is in any file, answer, event or output. The tests are steps of one story: each goes on from those before it.
 */

const api = '/api/v1'
const session = `${api}/session`
const planted = new Planted()
const witness = new Witness()
const stack = new AsyncDisposableStack()
/** For files that hold secrets because a person wrote them there. */
const elsewhere = mkdtempSync(join(tmpdir(), 'flathouse-elsewhere-'))
/** Ours are to be private whatever the machine's rule for new files is. */
const usualMask = process.umask(0o000)
const secretKey = planted.plant('the secret key', randomBytes(32).toString('base64'))
planted.plant('the bytes of the secret key', Buffer.from(secretKey, 'base64'))
planted.plant('the secret of the login client', loginClient.clientSecret)

let ways: SecretWays
let house: WitnessedHouse
let served: Served
/** Who asks: an administrator. One after another does, as nobody may ask for so much in a minute. */
let admin: WitnessedVisitor
let alice: WitnessedVisitor

beforeAll(async () => {
  ways = stack.use(await openSecretWays(planted))
  house = new WitnessedHouse(witness, {
    FLATHOUSE_LOG: 'trace',
    FLATHOUSE_SECRET_KEY: secretKey,
    FLATHOUSE_OIDC_SECRET: loginClient.clientSecret,
  })
  const oidc = ['--oidc-issuer', ways.provider.issuer, '--oidc-client-id', loginClient.clientId]
  served = stack.use(await serve(house, oidc))
  house.write('some.csv', 'id,name\n1,a\n2,b\n')
})
afterAll(async () => {
  process.umask(usualMask)
  rmSync(elsewhere, { recursive: true, force: true })
  await stack.disposeAsync()
})

const post = (path: string, body: unknown, who = admin) =>
  who.ask({ method: 'POST', path: `${api}${path}`, body })
const put = (path: string, body: unknown) => admin.ask({ method: 'PUT', path: `${api}${path}`, body })
const get = (path: string) => admin.ask({ path: `${api}${path}` })
const remove = (path: string) => admin.ask({ method: 'DELETE', path: `${api}${path}` })
/** Asked by a program, by default by nobody. */
const ask = (request: Request) => witness.ask(served.url, request)
const visit = () => new WitnessedVisitor(served.url, witness)
const cookieOf = ({ cookies }: WitnessedVisitor) =>
  [...cookies.values()].map(({ name, value }) => `${name}=${value}`).join('; ')

async function sendBroken(path: string, method: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json', origin: served.url, cookie: cookieOf(admin) }
  const answer = await fetch(`${served.url}${api}${path}`, { method, headers, body })
  witness.hear(`the answer to a broken body of ${path}`, await answer.text())
  expect(answer.status).toBe(400)
}

function plantCookies(whose: string, who: WitnessedVisitor): void {
  planted.plant(`the access token ${whose}`, who.cookie('access')?.value ?? '')
  planted.plant(`the refresh token ${whose}`, who.cookie('refresh')?.value.split('.')[1] ?? '')
}

function plantLink(which: string, url: string): string {
  const code = new URL(url).hash.replace('#code=', '')
  return planted.plant(`the code of ${which}`, code, /^stdout of (serve|login)/)
}

it('people log in by link and password, well and badly', async () => {
  admin = visit()
  const code = plantLink('the link', served.loginUrl)
  expect((await post('/session/code', { code }, admin)).status).toBe(200)
  plantCookies('of the link', admin)
  expect((await post('/session/code', { code }, visit())).status).toBe(401)

  const first = planted.make('the password of ada')
  const next = planted.make('the next password of ada')
  expect((await put('/users/ada', { role: 'operator', password: first })).status).toBe(200)
  const tooLong = planted.make('a password that is too long').padEnd(1100, 'x')
  expect((await put('/users/ben', { role: 'viewer', password: tooLong })).status).toBe(400)
  expect((await put('/users/ben', { role: planted.make('a password as a role') })).status).toBe(400)
  const visitor = visit()
  const logIn = (user: string, password: string) => post('/session', { user, password }, visitor)
  expect((await logIn('ada', planted.make('a wrong password'))).status).toBe(401)
  expect((await logIn('nobody', planted.make('the password of nobody'))).status).toBe(401)
  const broken = planted.make('a password in a broken body')
  await sendBroken('/session', 'POST', `{"user":"ada","password":"${broken}`)
  expect((await logIn('ada', first)).status).toBe(200)
  plantCookies('of ada', visitor)

  const thief = visit()
  for (const [name, cookie] of visitor.cookies) thief.cookies.set(name, cookie)
  // A token made in the same second is the same.
  await sleep(1000)
  expect((await post('/session/refresh', undefined, visitor)).status).toBe(200)
  plantCookies('of ada, renewed', visitor)
  const change = { current: planted.make('a wrong present password'), next }
  expect((await post('/session/password', change, visitor)).status).toBe(401)
  expect((await post('/session/password', { current: first, next }, visitor)).status).toBe(204)
  expect((await post('/session/refresh', undefined, thief)).status).toBe(401)
  expect((await logIn('ada', next)).status).toBe(200)
  plantCookies('of ada, again', visitor)
  const token = visitor.cookie('access')?.value ?? ''
  expect((await visitor.ask({ method: 'DELETE', path: session })).status).toBe(204)
  expect((await ask({ path: session, token })).status).toBe(401)
})

it('people log in at the identity provider, and programs with its tokens', async () => {
  const { provider } = ways
  const goTo = async () => {
    const going = await alice.ask({ path: `${session}/oidc` })
    planted.plant('what is kept for the way back', alice.cookie('state')?.value ?? '')
    return provider.signIn(String(going.headers['location']), 'alice')
  }
  const comeBack = async (path: string) => (await alice.ask({ path })).headers['location']
  alice = visit()
  const { pathname, search, searchParams } = await goTo()
  planted.plant('the code of the provider', searchParams.get('code') ?? '')
  expect(await comeBack(pathname + search)).toBe('/')
  plantCookies('of alice', alice)
  expect(await comeBack(pathname + search)).toBe('/login?error=LOGIN_FAILED')
  const state = (await goTo()).searchParams.get('state') ?? ''
  const refused = `${pathname}?error=access_denied&state=${state}&iss=${provider.issuer}`
  expect(await comeBack(refused)).toBe('/login?error=LOGIN_FAILED')
  const token = planted.plant('a token of the provider', await provider.sign())
  expect((await ask({ path: session, token })).status).toBe(200)
  const ended = planted.plant('an ended token of the provider', await provider.sign({ exp: 1 }))
  expect((await ask({ path: session, token: ended })).status).toBe(401)
})

it('API tokens are used, spoilt, put into addresses and revoked', async () => {
  const body = { name: 'nightly', scope: 'operator', days: 1 }
  const { id, token } = JSON.parse((await post('/tokens', body)).text) as CreatedApiToken
  planted.plant('an API token', token, /^201 POST \/api\/v1\/tokens$/)
  expect((await ask({ path: `${api}/runs`, token })).status).toBe(200)
  expect((await ask({ path: `${api}/runs`, token: `${token}x` })).status).toBe(401)
  for (const path of [`${api}/runs`, `${api}/nowhere`, '/nowhere', '/login'])
    for (const before of ['?token=', '#token=', '?a=b#token='])
      for (const accept of ['application/json', 'text/html'])
        await ask({ path: `${path}${before}${token}`, headers: { accept }, token })
  expect((await ask({ method: 'POST', path: `${api}/tokens`, token, body })).status).toBe(403)
  expect((await remove(`/tokens/${id}`)).status).toBe(204)
  expect((await ask({ path: `${api}/runs`, token })).status).toBe(401)
})

it('connections that work are saved, tested and looked into', async () => {
  for (const [name, way] of Object.entries({ ...ways.working, 'for-now': ways.working.password })) {
    const body = { ...way, remember: name !== 'for-now' }
    expect((await put(`/connections/${name}`, body)).status).toBe(200)
    for (const which of [{ name }, { name, connection: way.connection }, way]) {
      const { text } = await post('/connections/test', which)
      expect(JSON.parse(text), name).toMatchObject({ error: null })
    }
    for (const part of ['databases', 'tables', 'columns?table=none'])
      await get(`/connections/${name}/${part}`)
  }
})

it('connections that do not work are saved, tested and looked into', async () => {
  for (const [name, way] of Object.entries(ways.broken)) {
    expect((await put(`/connections/${name}`, way)).status, name).toBe(200)
    for (const which of [{ name }, way]) {
      const { text } = await post('/connections/test', which)
      expect((JSON.parse(text) as { error: unknown }).error, name).not.toBeNull()
    }
    await get(`/connections/${name}/tables`)
  }
})

it('connections that are given in a wrong way are refused', async () => {
  for (const body of ways.odd) {
    expect((await put('/connections/odd', body)).status, JSON.stringify(body)).toBe(400)
    expect((await post('/connections/test', body)).status, JSON.stringify(body)).toBe(400)
  }
  const cutOff = `{"secrets":{"password":"${planted.make('a password that is cut off')}`
  for (const body of [cutOff, planted.make('a password without quotes')])
    await sendBroken('/connections/odd', 'PUT', body)
})

const exported = (server: unknown, sql = 'SELECT number AS id FROM numbers(10)') => ({
  direction: 'export',
  source: { kind: 'query', server, sql },
  target: { kind: 'file', path: `${newSecret('out')}.csv` },
})
const imported = (server: unknown, table = 'moved') => ({
  direction: 'import',
  source: { kind: 'file', path: 'some.csv' },
  target: { kind: 'table', server, table },
})
const slow = 'SELECT number, sleepEachRow(0.00001) FROM numbers(3000000)'
const patience = { timeout: 20_000 }

async function start(transfer: unknown): Promise<string> {
  const { status, text } = await post('/runs', { transfer })
  expect(status, text).toBe(201)
  return (JSON.parse(text) as Run).id
}
const runOf = async (id: string) => JSON.parse((await get(`/runs/${id}`)).text) as Run
async function endsAs(status: Run['status'], id: string, why = id): Promise<void> {
  await expect.poll(async () => (await runOf(id)).endedAt, patience).not.toBeNull()
  expect((await runOf(id)).status, why).toBe(status)
  await get(`/runs/${id}/report`)
}
/** It is looked at before. */
async function runs(transfer: ReturnType<typeof exported | typeof imported>, status: Run['status']) {
  const { direction, source, target } = transfer
  await post('/preview', direction === 'import' ? { source, target } : { source })
  await post('/plan', { transfer })
  await endsAs(status, await start(transfer), JSON.stringify(transfer))
}

it('who follows events gives a token in the address by mistake', async () => {
  const url = `${served.url.replace('http', 'ws')}${api}/events?token=${planted.make('a token in an address')}`
  const socket = new WebSocket(url, { headers: { cookie: cookieOf(admin), origin: served.url } })
  socket.addEventListener('message', ({ data }) => witness.hear('an event', String(data)))
  await new Promise((opened, failed) => {
    socket.addEventListener('open', opened)
    socket.addEventListener('error', failed)
  })
  socket.send('{"follow":"all"}')
})

it('runs succeed', async () => {
  for (const name of [...Object.keys(ways.working), 'for-now']) {
    await runs(imported(name), 'completed')
    await runs(exported(name), 'completed')
  }
})

it('runs fail', async () => {
  admin = alice
  for (const name of Object.keys(ways.broken).filter((one) => one !== 'ended-token')) {
    await runs(exported(name), 'failed')
    await endsAs('failed', await start(imported(name)), name)
  }
  for (const name of ['password', 'token', 'secret'])
    for (const sql of ['SELECT throwIf(number = 3) FROM numbers(10)', 'SELEC 1', 'SELECT * FROM nowhere'])
      await runs(exported(name, sql), 'failed')
  await runs(exported(ways.working.password.connection), 'failed')
})

it('runs wait for a token, and are cancelled', async () => {
  const [waiting, abandoned] = [await start(exported('ended-token')), await start(exported('ended-token'))]
  await expect.poll(async () => (await runOf(abandoned)).waitsForToken, patience).not.toBeNull()
  await post(`/runs/${abandoned}/cancel`, undefined)
  await endsAs('cancelled', abandoned)
  const token = planted.plant('the next token', await ways.authority.sign({ jti: 'next' }))
  await put('/connections/ended-token', { ...ways.working.token, secrets: { token } })
  await endsAs('completed', waiting)
  const id = await start(exported('password', slow))
  await expect.poll(async () => (await runOf(id)).progress.rows, patience).toBeGreaterThan(0)
  await post(`/runs/${id}/cancel`, undefined)
  await endsAs('cancelled', id)
})

it('all that can be read is read', async () => {
  const headers = { 'tus-resumable': '1.0.0', 'upload-length': '0', 'upload-metadata': 'filename YS5jc3Y=' }
  expect((await admin.ask({ method: 'POST', path: `${api}/files/uploads`, headers })).status).toBe(201)
  const source = { kind: 'file', path: 'some.csv' }
  expect((await post('/files/inspect', { source })).status).toBe(200)
  for (const path of ['/connections/wrong-password', '/users/ada', '/files?path=a.csv'])
    expect((await remove(path)).status, path).toBe(204)
  const lists = ['/runs?limit=200', '/files', '/connections', '/users', '/tokens', '/audit?limit=200']
  for (const path of [...lists, '/health', '/session', '/session/ways', '/files/content?path=some.csv'])
    expect((await get(path)).status, path).toBe(200)
  for (const path of ['/api/docs/json', '/api/docs', '/', '/login', '/healthz'])
    await admin.ask({ path, headers: { accept: 'text/html' } })
})

/** A command that ends with this exit code; what it prints, without the line end. */
async function cli(exitCode: number, args: string[], options: CliOptions = {}): Promise<string> {
  const { stdout, stderr, ...ended } = await house.run(args, options)
  expect(ended.exitCode, `${args.join(' ')}: ${stderr}${stdout}`).toBe(exitCode)
  return stdout.trimEnd()
}
/** A file outside of what is searched. */
function aside(name: string, content: string): string {
  writeFileSync(join(elsewhere, name), content)
  return join(elsewhere, name)
}

it('connections are used on the command line', async () => {
  const { password, token, secret, certificate } = ways.working
  const { cert: ca, clientCert: cert, clientKey: key } = ways.certificates
  const pem = Object.entries({ ca, cert, key }).flatMap(([name, text]) => [`--${name}`, aside(name, text)])
  const source = ['--issuer', ways.provider.issuer, '--client-id', programClient.clientId]
  const known = { FLATHOUSE_PASSWORD: password.secrets.password ?? '' }
  const add = (name: string, { connection }: { connection: Connection }, env: Record<string, string>) => {
    const more = { secret: [...source, '--audience', audience], certificate: pem }[name] ?? []
    return cli(0, ['connections', 'add', `c-${name}`, '--url', urlOf(connection), ...more], { env })
  }
  await Promise.all([
    add('password', password, known),
    add('certificate', certificate, known),
    add('token', token, { FLATHOUSE_TOKEN: token.secrets.token ?? '' }),
    add('secret', secret, { FLATHOUSE_CLIENT_SECRET: programClient.clientSecret }),
  ])
  await cli(0, ['connections', 'list', '--json'])
  const importing = ['import', 'some.csv', '--table', 'moved']
  await Promise.all(
    Object.keys(ways.working).map((name) => cli(0, [...importing, '--connection', `c-${name}`])),
  )
  const broken = ['malformed-key', 'repeats-password', 'repeats-token', 'repeats-secret']
  const exporting = ['export', 'moved', '--to', 'never.csv', '--json']
  await Promise.all(broken.map((name) => cli(3, ['connections', 'test', '--connection', name])))
  await Promise.all(broken.map((name) => house.run([...exporting, '--connection', name])))
  const url = urlOf(password.connection)
  const env = { FLATHOUSE_PASSWORD: planted.make('a wrong password in the environment') }
  const inUrl = url.replace('planter@', `planter:${planted.make('a password in --url')}@`)
  await Promise.all([
    cli(3, ['connections', 'test', '--url', url, '--json'], { env }),
    cli(3, [...importing, '--url', url], { env }),
    cli(2, [...importing, '--url', inUrl]),
  ])
})

it('documents are run on the command line', async () => {
  const document = (content: string) => ['run', aside('document.yaml', content)]
  await cli(0, document(JSON.stringify(exported('password'))))
  for (const [where, before] of [
    ['as a field', 'direction: import\npassword: '],
    ['that is cut off', 'password: "'],
    ['that looks like an alias', 'password: *'],
  ]) {
    const args = document(`${before}${planted.make(`a password in a document ${where}`)}\n`)
    await Promise.all([cli(2, [...args, '--json']), cli(2, args)])
  }
})

it('users, links and tokens are made on the command line', async () => {
  await cli(0, ['users', 'add', 'cleo', '--role', 'viewer'], { input: planted.make('the password of cleo') })
  const change = ['users', 'set', 'cleo', '--password', '--json']
  await cli(0, change, { input: planted.make('the next password of cleo') })
  const tooLong = planted.make('a password for cleo that is too long').padEnd(1100, 'x')
  await cli(2, change, { input: tooLong })
  const link = await cli(0, ['login'])
  const token = await cli(0, ['tokens', 'create', 'by-command', '--scope', 'viewer'])
  plantLink('a link by command', link)
  planted.plant('an API token by command', token, /^stdout of tokens create/)
  expect((await ask({ path: session, token })).status).toBe(200)
  for (const args of [
    ['tokens', 'list'],
    ['audit', '--limit', '200'],
    ['users', 'list', '--json'],
  ])
    await cli(0, args)
  const env = { FLATHOUSE_SECRET_KEY: planted.make('a key that is none') }
  await cli(2, ['connections', 'list'], { env })
})

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

it('what holds a secret is for its owner only', () => {
  for (const folder of ['', 'embedded']) expect(modeOf(join(house.data, folder)), folder).toBe('700')
  const embedded = ['runtime.json', 'config.xml', 'users.xml', 'stderr.log'].map((name) => `embedded/${name}`)
  const state = ['', '-wal', '-shm'].map((more) => `state.sqlite${more}`)
  for (const name of [...state, ...embedded, 'serving.json'])
    expect(modeOf(join(house.data, name)), name).toBe('600')
})

it('the server is killed in the middle of a run, and starts again', async () => {
  house.plantKept(planted)
  await start(exported('token', slow))
  await served.stop('SIGKILL')
  expect(house.find(planted)).toEqual([])
  await served.start()
  admin = visit()
  await post('/session/code', { code: plantLink('the link after the restart', served.loginUrl) })
  plantCookies('after the restart', admin)
  expect((await get('/runs?limit=200')).text).toContain('"interrupted"')
  house.plantKept(planted)
})

it('no secret is anywhere', async () => {
  await served.stop('SIGTERM')
  await house.silence()
  // There is much to find it in.
  expect(planted.count).toBeGreaterThan(80)
  expect(witness.at(/^stderr of serve/).join()).toContain('/api/v1/session/oidc/callback')
  expect(witness.at(/^an event$/).length).toBeGreaterThan(20)
  expect([...new Set([...witness.find(planted), ...house.find(planted)])]).toEqual([])
})
