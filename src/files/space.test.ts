import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { AppError } from '../shared/index.ts'
import { freeSpace, watchSpace } from './index.ts'
import { codeOf, makeScene } from './test-support.ts'

it('does not begin to write where too little is free', async () => {
  const { root } = makeScene(onTestFinished)
  using watch = await watchSpace(root, 'out.csv', 1)
  expect(watch.full.aborted).toBe(false)
  expect(await codeOf(watchSpace(root, 'out.csv', (await freeSpace(root)) * 2))).toBe('DISK_FULL')
})

it('says so, and which file it was, when too little is left', async () => {
  const { root } = makeScene(onTestFinished)
  const chunk = Buffer.alloc(16 * 1_048_576, 'x')
  // Others may take or free some meanwhile.
  using watch = await watchSpace(root, 'out.csv', (await freeSpace(root)) - 8 * chunk.length)
  while (!watch.full.aborted) {
    appendFileSync(join(root, 'filler'), chunk)
    await sleep(100)
  }
  const reason: unknown = watch.full.reason
  expect(reason).toBeInstanceOf(AppError)
  expect(reason).toMatchObject({ code: 'DISK_FULL', place: { file: 'out.csv' } })
})
