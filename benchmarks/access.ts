/** `npm run bench:access`; README.md says what it measures. */
import { Agent, request } from 'node:http'
import { serve } from '../tests/support/served.ts'

const requests = 2000
/** More the server does not allow in a minute. */
const logins = 9
const user = 'bench'
const password = 'only for this benchmark'

await using served = await serve()
const bearer = await served.headers()
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

await send('PUT', `/api/v1/users/${user}`, { role: 'admin', password }, bearer)
const loginTimes: number[] = []
for (let n = 0; n < logins; n++) loginTimes.push(await send('POST', '/api/v1/session', { user, password }))
say(`login with a password: p50 ${ms(percentile(loginTimes, 0.5))}, slowest ${ms(Math.max(...loginTimes))}`)

const open: number[] = []
const guarded: number[] = []
for (let n = 0; n < requests; n++) {
  open.push(await send('GET', '/healthz'))
  guarded.push(await send('GET', '/api/v1/health', undefined, bearer))
}
say(`request that needs no login: p50 ${ms(percentile(open, 0.5))}, p99 ${ms(percentile(open, 0.99))}`)
say(`request that needs one: p50 ${ms(percentile(guarded, 0.5))}, p99 ${ms(percentile(guarded, 0.99))}`)
say(`what the login adds at most: p50 ${ms(percentile(guarded, 0.5) - percentile(open, 0.5))}`)
agent.destroy()

/** Milliseconds until the whole answer is there. */
function send(method: string, path: string, body?: object, headers: object = {}): Promise<number> {
  const data = body && JSON.stringify(body)
  const all = { ...headers, origin: served.url, ...(data && { 'content-type': 'application/json' }) }
  const begin = performance.now()
  return new Promise((resolve, reject) => {
    request(new URL(path, served.url), { method, headers: all, agent }, (answer) => {
      const isGood = (answer.statusCode ?? 500) < 300
      answer.resume().on('end', () => {
        if (isGood) resolve(performance.now() - begin)
        else reject(new Error(`${method} ${path}: ${answer.statusCode}`))
      })
    })
      .on('error', reject)
      .end(data)
  })
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
