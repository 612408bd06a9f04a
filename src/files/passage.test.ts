import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { makeScene } from './test-support.ts'

it('that fails when nobody reads it any more leaves the process alone', async () => {
  const workspace = await makeScene(onTestFinished).open()
  await using passage = await workspace.passage()
  const closed = new Promise((resolve) => passage.data.once('close', resolve))
  passage.data.destroy(new Error('The other side failed.'))
  // An error that nobody hears would have ended the process, and so the test.
  expect(await closed).toBe(true)
})

it.each(['before the server has come', 'after the last record'])(
  'that nobody reads any more keeps no server waiting, %s',
  async (when) => {
    const workspace = await makeScene(onTestFinished).open()
    await using passage = await workspace.passage()
    const closed = new Promise((resolve) => passage.data.once('close', resolve))
    if (when === 'after the last record') passage.data.resume()
    else passage.data.destroy()
    passage.end()
    await closed
    // More than a FIFO holds.
    const write = promisify(execFile)('sh', ['-c', 'head -c 300000 /dev/zero > "$0"', passage.path], {
      timeout: 20_000,
    })
    expect(await write).toEqual({ stdout: '', stderr: '' })
  },
)
