import type { Server } from '../clickhouse/index.ts'
import { AppError, type Connection, type ConnectionTest, type ErrorCode } from '../shared/index.ts'

type Step = ConnectionTest['steps'][number]['step']

/** Tries a server out; what is wrong is part of the answer. */
export async function testServer(
  protocol: Connection['protocol'],
  open: () => Server | Promise<Server>,
): Promise<ConnectionTest> {
  const steps = protocol === 'https' ? httpsSteps : httpSteps
  let server: Server
  try {
    server = await open()
  } catch (error) {
    return failed(steps, expected(error), false)
  }
  await using opened = server
  try {
    const { version, timezone } = await opened.check()
    return { steps: steps.map((step) => ({ step, passed: true })), version, timezone, error: null }
  } catch (error) {
    return failed(steps, expected(error), true)
  }
}

function expected(error: unknown): AppError {
  if (error instanceof AppError) return error
  throw error
}

const httpsSteps: readonly Step[] = ['name', 'tcp', 'tls', 'login', 'version']
const httpSteps = httpsSteps.filter((step) => step !== 'tls')

/** Where the way ended. All other errors are answers of a ClickHouse to somebody who is signed in. */
const ends: Partial<Record<ErrorCode, Step>> = {
  HOST_NOT_FOUND: 'name',
  CONNECTION_REFUSED: 'tcp',
  CONNECTION_TIMEOUT: 'tcp',
  EMBEDDED_FAILED: 'tcp',
  EMBEDDED_UNSUPPORTED: 'tcp',
  TLS_FAILED: 'tls',
  TLS_CERTIFICATE: 'tls',
  CONNECTION_LOST: 'login',
  AUTH_FAILED: 'login',
  TOKEN_MALFORMED: 'login',
  TOKEN_EXPIRED: 'login',
  // The connection's own database.
  TABLE_NOT_FOUND: 'login',
}

/** `tried`: whether anybody was asked; certificates and tokens are looked at before. */
function failed(steps: readonly Step[], error: AppError, tried: boolean): ConnectionTest {
  const end = steps.indexOf(ends[error.code] ?? 'version')
  const passed = (step: Step, at: number): boolean | null => {
    if (at === end) return false
    if (at > end || !tried) return null
    // Who is no ClickHouse let nobody in.
    return step === 'login' && error.code === 'NOT_CLICKHOUSE' ? null : true
  }
  return {
    steps: steps.map((step, at) => ({ step, passed: passed(step, at) })),
    version: null,
    timezone: null,
    error: error.toBody(),
  }
}
