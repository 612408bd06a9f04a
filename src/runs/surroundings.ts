import type { Server } from '../clickhouse/index.ts'
import type { Workspace } from '../files/index.ts'
import type { ServerChoice } from '../shared/index.ts'
import type { Journal } from '../store/index.ts'
import type { TokenWaiter } from './token-wait.ts'

/** What a run needs of the world; `main` puts it together. */
export interface Surroundings {
  workspace: Workspace
  /** An open connection; the embedded server is started when it is first asked for. Whoever opened it closes it. */
  server: (choice: ServerChoice, waiter?: TokenWaiter) => Promise<Server>
  /** Where runs write down what they make on servers, before they make it. */
  journal: Journal
}
