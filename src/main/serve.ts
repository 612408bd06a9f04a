import type { ServeOptions, Site } from '../cli/index.ts'
import type { Config } from './config.ts'
import { Embedded } from './embedded.ts'
import { openSite } from './site.ts'

/** `flathouse serve` */
export async function serve(config: Config, { data, workspace, host, port }: ServeOptions): Promise<Site> {
  const dataDir = data ?? config.dataDir
  const root = workspace ?? config.workspace ?? process.cwd()
  await using stack = new AsyncDisposableStack()
  const embedded = stack.use(new Embedded(config, dataDir))
  const { url, embedded: state } = stack.use(await openSite({ dataDir, root, embedded, host, port }))
  const kept = stack.move()
  return { url, embedded: state, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
