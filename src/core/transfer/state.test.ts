import { describe, expect, it } from 'vitest'
import type { RunStatus } from '../../shared/index.ts'
import { RunState } from './state.ts'

const path: RunStatus[] = ['connecting', 'fetching', 'ingesting', 'committing', 'completed']

function stateAt(status: RunStatus): RunState {
  const state = new RunState(() => undefined)
  for (const step of path.slice(0, path.indexOf(status) + 1)) state.advance(step)
  return state
}

describe('RunState', () => {
  it('goes the whole way and tells every step', () => {
    const seen: RunStatus[] = []
    const state = new RunState((status) => seen.push(status))
    for (const step of path) state.advance(step)
    expect(seen).toEqual(path)
  })

  it.each(['queued', ...path.slice(0, 3)] as RunStatus[])('can be cancelled while %s', (status) => {
    expect(() => stateAt(status).advance('cancelled')).not.toThrow()
  })

  it('cannot be cancelled once the commit has begun', () => {
    expect(() => stateAt('committing').advance('cancelled')).toThrow('cannot go from committing to cancelled')
  })

  it.each(path.slice(0, 3))('may begin again while %s', (status) => {
    const state = stateAt(status)
    for (const step of path) state.advance(step)
    expect(state.status).toBe('completed')
  })

  it.each(['queued', 'committing', 'completed'] as RunStatus[])('begins nothing again while %s', (status) => {
    const state = stateAt(status)
    if (status === 'queued') state.advance('connecting')
    expect(() => state.advance(status === 'queued' ? 'queued' : 'connecting')).toThrow('cannot go from')
  })

  it('skips no step and leaves no end', () => {
    expect(() => stateAt('connecting').advance('ingesting')).toThrow(TypeError)
    for (const next of [...path, 'failed'] as RunStatus[]) {
      expect(() => stateAt('completed').advance(next)).toThrow(TypeError)
    }
  })
})
