import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runDetailSchema, runSchema, type RunDetail, type Transfer } from '../../src/shared/index.ts'
import { openJournal } from '../../src/store/index.ts'
import { killInRounds, timeoutOf, type Told, type Victim } from '../support/kill-rounds.ts'
import { KillWorld } from '../support/kill-world.ts'
import { serve, type Served } from '../support/served.ts'

let world: KillWorld
let served: Served
beforeAll(async () => {
  world = await KillWorld.open()
  served = await serve(world.house, ['--workspace', world.house.files])
})
afterAll(async () => {
  await served.stop('SIGTERM')
  await world[Symbol.asyncDispose]()
})

async function ask(path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${served.url}/api/v1/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { ...(await served.headers()), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return await answer.json()
}

async function ended(id: string): Promise<RunDetail> {
  for (;;) {
    const run = runDetailSchema.parse(await ask(`runs/${id}`))
    if (run.endedAt !== null) return run
    await sleep(20)
  }
}

/** What a start could not clear away within its first seconds goes on after it, and the run may change with it. */
async function settled(id: string): Promise<RunDetail> {
  await using journal = await openJournal(world.house.data)
  const isOpen = async () => (await journal.openRuns()).has(id)
  const wasOpen = await isOpen()
  const { transfer, report, status } = await ended(id)
  await expect.poll(isOpen, { timeout }).toBe(false)
  const goesOn = transfer.retry?.afterRestart === true || report?.error?.message.includes('will be completed')
  if (wasOpen && goesOn === true && status === 'interrupted')
    await expect.poll(async () => (await ended(id)).status, { timeout }).toBe('completed')
  return await ended(id)
}
const timeout = 90_000

function told({ status, report, transfer }: RunDetail): Told {
  const words = `${status}: ${report?.error?.message ?? 'no error'}`
  if (status === 'completed') return { says: 'after', words }
  if (status !== 'interrupted' || /cannot be (told|asked)/.test(words)) return { says: 'unclear', words }
  // Of a file that was being committed, and of one block.
  const mayBeEither = / or nothing was changed|unless rows went straight/.test(words)
  if (mayBeEither) return { says: isStaged(transfer) ? 'before' : 'either', words }
  return { says: 'before', words }
}

const isStaged = ({ direction, target }: Transfer): boolean =>
  direction === 'import' && 'table' in target && target.table !== 'block'

const victim: Victim = {
  ...{ name: 'the service', rounds: 5, ofLong: 0.5, mayHold: true, owners: 1 },
  retry: (random) => ({ attempts: 3, afterRestart: random() < 0.5 }),
  async strike({ transfer, aim }) {
    const started = performance.now()
    const { id } = runSchema.parse(await ask('runs', { transfer }))
    // The second one breaks off when the service does.
    const undisturbed = await Promise.race([aim.moment.then(() => undefined), ended(id)])
    if (undisturbed) {
      if (undisturbed.status !== 'completed')
        throw new Error(`it failed: ${JSON.stringify(undisturbed.report)}`)
      return performance.now() - started
    }
    await served.stop('SIGKILL')
    world.way.open()
    await served.start()
    return told(await settled(id))
  },
}

it('SIGKILL of the service leaves all or nothing', { timeout: timeoutOf(victim) }, async () => {
  await killInRounds(world, victim)
})
