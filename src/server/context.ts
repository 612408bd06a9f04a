import type { Access } from '../access/index.ts'
import type { Connections, RunQueue, Surroundings } from '../runs/index.ts'
import type { Health, Transfer } from '../shared/index.ts'
import type { Address } from './address.ts'
import type { SessionCookies } from './cookies.ts'
import type { Watches } from './watches.ts'

/** What the server needs of the rest; `main` puts it together. */
export interface Parts {
  version: string
  access: Access
  surroundings: Surroundings
  queue: RunQueue
  connections: Connections
  embedded: () => Health['embedded']
  /** A transfer of sample data that a first visit offers, when the sample is there. */
  sample: Transfer | null
}

/** What the routes need. */
export interface Services extends Parts {
  address: Address
  cookies: SessionCookies
  watches: Watches
  /** Of one uploaded file. */
  maxUploadBytes: number
}
