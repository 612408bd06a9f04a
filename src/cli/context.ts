import type { Surroundings } from '../runs/index.ts'

/** What the person gave on the command line for the process as a whole. */
export interface Places {
  data?: string
  workspace?: string
  ca?: string
  cert?: string
  key?: string
}

/** What the command line needs of the process it runs in; `main` gives the real one. */
export interface Context {
  open(places: Places): Promise<Surroundings & AsyncDisposable>
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}
