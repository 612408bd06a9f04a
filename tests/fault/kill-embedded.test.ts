import { afterAll, beforeAll, it } from 'vitest'
import { LivingFlathouse } from '../support/kill-in-process.ts'
import { killInRounds, timeoutOf, type Victim } from '../support/kill-rounds.ts'
import { KillWorld } from '../support/kill-world.ts'

let world: KillWorld
let flathouse: LivingFlathouse
beforeAll(async () => {
  world = await KillWorld.open()
  flathouse = await LivingFlathouse.open(world)
})
afterAll(async () => {
  await flathouse[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

it(
  'SIGKILL of the embedded server leaves all or nothing',
  { timeout: timeoutOf({ rounds: 6 }) },
  async () => {
    const victim: Victim = {
      ...{ name: 'the embedded server', rounds: 6, mayHold: false, owners: 1 },
      retry: flathouse.retry,
      strike: (strike) =>
        flathouse.strike(strike, async () => {
          world.killEmbedded()
          return Promise.resolve()
        }),
    }
    await killInRounds(world, victim)
  },
)
