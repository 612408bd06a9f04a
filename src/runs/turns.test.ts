import { expect, it } from 'vitest'
import { Turns, type Turn } from './turns.ts'

const never = new AbortController().signal
const ignore = () => undefined
/** Long enough for all promises that can be settled. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Runs by the names of their users and numbers, in the order in which they began. */
class Row {
  readonly begun: string[] = []
  readonly turns: Turns
  readonly #taken = new Map<string, Turn>()

  constructor(atOnce: number) {
    this.turns = new Turns(atOnce)
  }

  async come(...names: string[]): Promise<void> {
    for (const name of names) {
      void this.turns.take(name.charAt(0), never).then((turn) => {
        this.begun.push(name)
        this.#taken.set(name, turn)
      })
    }
    await settled()
  }

  of(name: string): Turn {
    const turn = this.#taken.get(name)
    if (turn === undefined) throw new Error(`${name} has no turn`)
    return turn
  }

  async end(...names: string[]): Promise<void> {
    for (const name of names) {
      this.of(name)[Symbol.dispose]()
      await settled()
    }
  }
}

it('gives so many turns at once, those of one user in their order', async () => {
  const row = new Row(2)
  await row.come('a1', 'a2', 'a3', 'a4')
  expect(row.begun).toEqual(['a1', 'a2'])
  await row.end('a2')
  expect(row.begun).toEqual(['a1', 'a2', 'a3'])
  await row.end('a1', 'a3', 'a4')
  await row.come('a5', 'a6', 'a7')
  expect(row.begun).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6'])
})

it('lets no user wait for all that another one has queued', async () => {
  const row = new Row(2)
  await row.come('a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1', 'c2')
  await row.end('a1', 'a2', 'b1', 'c1', 'a3', 'b2')
  expect(row.begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'c2', 'a4'])
})

it('prefers the user who has the fewest going on to the one whose last turn was the longest ago', async () => {
  const row = new Row(4)
  await row.come('a1', 'a2', 'b1', 'c1', 'a3', 'b2')
  await row.end('c1')
  expect(row.begun.at(-1)).toBe('b2')
})

it('says how many begin before a new one, or none when it need not wait', async () => {
  const row = new Row(2)
  expect(row.turns.before('a')).toBe(0)
  await row.come('a1')
  expect(row.turns.before('a')).toBe(0)
  await row.come('a2', 'a3', 'a4', 'a5')
  expect(row.turns.before('a')).toBe(5)
  expect(row.turns.before('b')).toBe(2)
  await row.come('b1', 'b2')
  expect(row.turns.before('c')).toBe(3)
  expect(row.turns.before('b')).toBe(5)
})

it('lets others go on while a run waits, which then has its turn before those of its user that came later', async () => {
  const row = new Row(1)
  await row.come('a1', 'a2', 'a3')
  const later: string[] = []
  const { promise, resolve } = Promise.withResolvers<string>()
  const paused = row.of('a1').pause(
    () => promise,
    () => later.push('a1'),
  )
  await settled()
  expect(row.begun).toEqual(['a1', 'a2'])
  let isBack = false
  void paused.then(() => (isBack = true))
  resolve('a token')
  await settled()
  expect([isBack, later]).toEqual([false, ['a1']])
  await row.end('a2')
  expect([await paused, row.begun]).toEqual(['a token', ['a1', 'a2']])
  await row.end('a1')
  expect(row.begun).toEqual(['a1', 'a2', 'a3'])
})

it('gives a turn back once, however often its run waits at the same time', async () => {
  const row = new Row(1)
  await row.come('a1')
  const both = ['one', 'other'].map((found) => row.of('a1').pause(() => settled().then(() => found), ignore))
  await row.come('a2')
  expect(row.begun).toEqual(['a1', 'a2'])
  await row.end('a2')
  expect(await Promise.all(both)).toEqual(['one', 'other'])
  await row.come('a3')
  expect(row.begun).toEqual(['a1', 'a2'])
  await row.end('a1', 'a3')
  await row.come('a4', 'a5')
  expect(row.begun).toEqual(['a1', 'a2', 'a3', 'a4'])
})

it('takes none again for a run that has failed or ended while it waited', async () => {
  const row = new Row(1)
  await row.come('a1')
  const failing = row.of('a1').pause(() => Promise.reject(new Error('no token')), ignore)
  await expect(failing).rejects.toThrow('no token')
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const paused = row.of('a1').pause(() => promise, ignore)
  await row.end('a1')
  await row.come('a2', 'a3')
  resolve(undefined)
  await paused
  await row.end('a2')
  expect(row.begun).toEqual(['a1', 'a2', 'a3'])
})

it('lets a run leave that is cancelled while it waits, at first or again', async () => {
  const row = new Row(1)
  const cancelled = new AbortController()
  const paused = new AbortController()
  const first = await row.turns.take('a', paused.signal)
  const waiting = row.turns.take('b', cancelled.signal)
  cancelled.abort()
  await expect(waiting).rejects.toThrow('aborted')
  await expect(row.turns.take('b', cancelled.signal)).rejects.toThrow('aborted')
  await row.come('c1')
  const back = first.pause(settled, ignore)
  await settled()
  paused.abort()
  await expect(back).rejects.toThrow('aborted')
  first[Symbol.dispose]()
  await row.end('c1')
  await row.come('d1', 'd2')
  expect(row.begun).toEqual(['c1', 'd1'])
})
