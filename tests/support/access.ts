import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAccess, type Access, type AccessOptions } from '../../src/access/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { removeFolder } from './folder.ts'

export interface TestAccess extends AsyncDisposable {
  access: Access
  store: Store
  /** Lets time go by. */
  wait(seconds: number): void
  /** The same data folder, as another process opens it. */
  another(options?: Partial<AccessOptions>): Promise<TestAccess>
}

export const password = 'correct horse battery'

/** Who is let in to a data folder of its own, with a clock that a test can set. */
export async function startAccess(options: Partial<AccessOptions> = {}): Promise<TestAccess> {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'flathouse-access-'))
  stack.defer(() => removeFolder(dataDir))
  const clock = { ms: 0 }
  const opened = await open(dataDir, clock, options)
  stack.use(opened)
  const kept = stack.move()
  return { ...opened, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function open(
  dataDir: string,
  clock: { ms: number },
  options: Partial<AccessOptions>,
): Promise<TestAccess> {
  await using stack = new AsyncDisposableStack()
  const store = stack.use(await openStore(dataDir))
  const now = () => new Date(Date.now() + clock.ms)
  const access = stack.use(await openAccess({ store, link: true, now, ...options }))
  const kept = stack.move()
  return {
    access,
    store,
    wait: (seconds) => void (clock.ms += seconds * 1000),
    another: (more) => open(dataDir, clock, { ...options, ...more }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
