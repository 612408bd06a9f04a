import type { Surroundings } from '../runs/index.ts'
import type { Health } from '../shared/index.ts'

/** What the person gave on the command line for the process as a whole. */
export interface Places {
  data?: string
  workspace?: string
  ca?: string
  cert?: string
  key?: string
}

export interface ServeOptions extends Places {
  host: string
  port: number
}

/** The web application while it is served; disposed, it stops in order. */
export interface Site extends AsyncDisposable {
  url: string
  embedded: Health['embedded']
}

/** What the command line needs of the process it runs in; `main` gives the real one. */
export interface Context {
  open(places: Places): Promise<Surroundings & AsyncDisposable>
  serve(options: ServeOptions): Promise<Site>
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}
