import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'

export interface Login {
  url: string
  username: string
  password: string
}

/** The official client, patient enough for any file. */
export function connect(login: Login): ClickHouseClient {
  // Quiet, because it would warn about the time-out, and what it logs of an error is in the error as well.
  return createClient({ ...login, request_timeout: 3_600_000, log: { level: ClickHouseLogLevel.OFF } })
}
