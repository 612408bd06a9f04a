import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { whileBusy } from './commit-watch.ts'

const watch = { label: 'there', betweenLooksMs: 1, patienceMs: 50 }
const forever = (signal: AbortSignal) => sleep(1e9, undefined, { signal })
const lost = { code: 'CONNECTION_LOST', message: 'No answer came from there about the commit.' }

describe('whileBusy', () => {
  it('gives what the work gives, however long the server is busy', async () => {
    let looks = 0
    const { promise: isSeen, resolve } = Promise.withResolvers<string>()
    const look = () => {
      if (++looks === 10) resolve('done')
      return Promise.resolve('busy' as const)
    }
    expect(await whileBusy(() => isSeen, look, watch)).toBe('done')
  })

  it('fails with the error of the work', async () => {
    const work = () => Promise.reject(new TypeError('no'))
    await expect(whileBusy(work, () => Promise.resolve('busy'), watch)).rejects.toThrow('no')
  })

  it('waits for no answer of a server that is idle', async () => {
    await expect(whileBusy(forever, () => Promise.resolve('idle'), watch)).rejects.toMatchObject(lost)
  })

  it('takes a server between two statements for one that is at it', async () => {
    const seen = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 'idle' : 'busy'))
    const { promise: isOver, resolve } = Promise.withResolvers<string>()
    const look = () => {
      const next = seen.shift()
      if (seen.length === 0) resolve('done')
      return Promise.resolve(next === 'idle' ? 'idle' : 'busy')
    }
    expect(await whileBusy(() => isOver, look as () => Promise<'idle' | 'busy'>, watch)).toBe('done')
  })

  it('waits no longer than its patience for a server that does not answer', async () => {
    const look = () => Promise.reject(new TypeError('nobody'))
    await expect(whileBusy(forever, look, watch)).rejects.toMatchObject(lost)
  })
})
