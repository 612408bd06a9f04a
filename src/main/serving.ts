import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Tells other commands on the data folder where it is served. It may stay behind when the process is killed. */
export async function tellServing(dataDir: string, url: string): Promise<AsyncDisposable> {
  const path = join(dataDir, 'serving.json')
  // The mode counts only for a new file.
  await rm(path, { force: true })
  await writeFile(path, `${JSON.stringify({ url })}\n`, { mode: 0o600 })
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}
