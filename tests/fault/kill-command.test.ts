import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, it } from 'vitest'
import { killInRounds, saveTransfer, timeoutOf, type Told, type Victim } from '../support/kill-rounds.ts'
import { KillWorld } from '../support/kill-world.ts'

let world: KillWorld
beforeAll(async () => {
  world = await KillWorld.open()
})
afterAll(() => world[Symbol.asyncDispose]())

/** The next command on the data folder, whatever it is; sometimes it is killed as well. */
async function recovered(random: () => number): Promise<string> {
  const next = saveTransfer(world, 'next.json', {
    direction: 'export',
    source: { kind: 'query', server: 'theirs', sql: 'SELECT 1 AS one' },
    target: { kind: 'file', path: join(world.house.dir, 'next.csv') },
  })
  let said = ''
  if (random() < 0.2) {
    const cli = world.house.start(['run', next, '--json'])
    await sleep(random() * 700)
    cli.process.kill('SIGKILL')
    said = (await cli.answer).stderr
  }
  const { exitCode, stdout, stderr } = await world.house.run(['run', next, '--json'])
  if (exitCode !== 0) throw new Error(`the next command failed: ${stdout}${stderr}`)
  return said + stderr
}

function told(exitCode: number | null, words: string): Told {
  if (exitCode === 0 || words.includes('was completed: 30,000 rows in')) return { says: 'after', words }
  if (words.includes('was cleared away: nothing was changed')) return { says: 'before', words }
  if (/cannot be completed|is not completed yet/.test(words)) return { says: 'unclear', words }
  // Not begun, or a file, or one block: what is said of it is that it may be either.
  return { says: 'either', words }
}

const victim: Victim = {
  ...{ name: 'the command line', rounds: 6, ofLong: 0.5, mayHold: true, owners: 0 },
  retry: () => ({ attempts: 3, afterRestart: false }),
  async strike({ transfer, aim, random }) {
    const { house, way } = world
    // Then its embedded server goes with it.
    if (random() < 0.25) await world.letGo()
    const started = performance.now()
    const cli = house.start(['run', saveTransfer(world, 'transfer.json', transfer), '--json'])
    const isStruck = await Promise.race([aim.moment.then(() => true), cli.answer.then(() => false)])
    const tookMs = performance.now() - started
    cli.process.kill('SIGKILL')
    const { exitCode, stdout, stderr } = await cli.answer
    way.open()
    if (!isStruck) {
      if (exitCode !== 0) throw new Error(`nothing happened to it, and it failed: ${stdout}${stderr}`)
      return tookMs
    }
    return told(exitCode, await recovered(random))
  },
}

it('SIGKILL of the command line leaves all or nothing', { timeout: timeoutOf(victim) }, async () => {
  await killInRounds(world, victim)
})
