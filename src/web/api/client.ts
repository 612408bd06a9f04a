import type { z } from 'zod'
import type {
  ColumnList,
  ConnectionTest,
  DatabaseList,
  FileList,
  Health,
  Inspection,
  PlanView,
  Preview,
  Problem,
  Run,
  RunDetail,
  RunList,
  inspectRequestSchema,
  previewRequestSchema,
  SavedConnection,
  saveConnectionSchema,
  TableList,
  TestConnection,
  TransferInput,
} from '../../shared/index.ts'

/** An answer that is an error, or none at all. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
    this.problem = problem
  }
}

/** As it is sent: what has a default may be left out. */
export type PreviewInput = z.input<typeof previewRequestSchema>

interface Options {
  method?: string
  body?: unknown
  signal?: AbortSignal | undefined
}

const base = '/api/v1'

/** The address of an API path with its query; what is undefined is left out. */
export function apiUrl(path: string, query: Record<string, string | number | undefined> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return `${base}${path}${search && `?${search}`}`
}

function request<T>(url: string, { method = 'GET', body, signal }: Options = {}): Promise<T> {
  const asked = fetch(url, {
    method,
    signal: signal ?? null,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  return readAnswer<T>(asked, signal)
}

/** @throws {ApiError} when it is an error, or none came */
export async function readAnswer<T>(asked: Promise<Response>, signal?: AbortSignal): Promise<T> {
  const response = await asked.catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiError(unreachable())
  })
  if (response.status === 204) return undefined as T
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok && answer !== null) return answer as T
  throw new ApiError(isProblem(answer) ? answer : unreadable(response))
}

const isProblem = (answer: unknown): answer is Problem =>
  typeof answer === 'object' && answer !== null && 'code' in answer && 'detail' in answer

export const problem = (status: number, detail: string, hint: string, code: Problem['code']): Problem => ({
  type: `urn:flathouse:error:${code}`,
  title: code,
  status,
  detail,
  instance: '',
  code,
  hint,
})

/** Whatever was thrown, as a problem. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  const message = error instanceof Error ? error.message : String(error)
  const hint = 'This is a defect in Flathouse; reload the page and please report it.'
  return problem(0, `Something unexpected happened: ${message}`, hint, 'INTERNAL')
}

const unreachable = () =>
  problem(
    0,
    'Flathouse does not answer.',
    'Check that it is still running where it was started, then try again.',
    'CONNECTION_LOST',
  )

const unreadable = (response: Response) =>
  problem(
    response.status,
    `Something between this page and Flathouse answered ${response.status} ${response.statusText}.`,
    'If a proxy stands between, check its log.',
    'INTERNAL',
  )

const named = (name: string) => `/connections/${encodeURIComponent(name)}`

export const api = {
  health: (signal?: AbortSignal) => request<Health>(apiUrl('/health'), { signal }),

  connections: (signal?: AbortSignal) =>
    request<{ connections: SavedConnection[] }>(apiUrl('/connections'), { signal }),
  saveConnection: (name: string, body: z.input<typeof saveConnectionSchema>) =>
    request<SavedConnection>(apiUrl(named(name)), { method: 'PUT', body }),
  removeConnection: (name: string) => request<undefined>(apiUrl(named(name)), { method: 'DELETE' }),
  testConnection: (body: TestConnection, signal?: AbortSignal) =>
    request<ConnectionTest>(apiUrl('/connections/test'), { method: 'POST', body, signal }),
  databases: (name: string, signal?: AbortSignal) =>
    request<DatabaseList>(apiUrl(`${named(name)}/databases`), { signal }),
  tables: (name: string, database?: string, signal?: AbortSignal) =>
    request<TableList>(apiUrl(`${named(name)}/tables`, { database }), { signal }),
  columns: (name: string, table: string, database?: string, signal?: AbortSignal) =>
    request<ColumnList>(apiUrl(`${named(name)}/columns`, { database, table }), { signal }),

  files: (folder: string, signal?: AbortSignal) =>
    request<FileList>(apiUrl('/files', { folder }), { signal }),
  removeFile: (path: string) => request<undefined>(apiUrl('/files', { path }), { method: 'DELETE' }),
  inspect: (source: z.input<typeof inspectRequestSchema>['source'], signal?: AbortSignal) =>
    request<Inspection>(apiUrl('/files/inspect'), { method: 'POST', body: { source }, signal }),
  /** A link, for the browser to download. */
  contentUrl: (path: string) => apiUrl('/files/content', { path }),

  preview: (body: PreviewInput, signal?: AbortSignal) =>
    request<Preview>(apiUrl('/preview'), { method: 'POST', body, signal }),
  plan: (transfer: TransferInput, signal?: AbortSignal) =>
    request<PlanView>(apiUrl('/plan'), { method: 'POST', body: { transfer }, signal }),

  runs: (query: RunFilter = {}, signal?: AbortSignal) =>
    request<RunList>(apiUrl('/runs', { ...query }), { signal }),
  run: (id: string, signal?: AbortSignal) =>
    request<RunDetail>(apiUrl(`/runs/${encodeURIComponent(id)}`), { signal }),
  startRun: (transfer: TransferInput) =>
    request<Run>(apiUrl('/runs'), { method: 'POST', body: { transfer } }),
  cancelRun: (id: string) =>
    request<undefined>(apiUrl(`/runs/${encodeURIComponent(id)}/cancel`), { method: 'POST' }),
  reportUrl: (id: string) => apiUrl(`/runs/${encodeURIComponent(id)}/report`),
}

export interface RunFilter {
  status?: Run['status']
  direction?: 'import' | 'export' | 'convert'
  before?: string
  limit?: number
}
