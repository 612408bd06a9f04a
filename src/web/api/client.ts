import type { z } from 'zod'
import type {
  ApiToken,
  AuditList,
  ColumnList,
  ConnectionTest,
  CreateApiToken,
  CreatedApiToken,
  DatabaseList,
  FileList,
  FileCheck,
  Health,
  Inspection,
  LoginWays,
  PlanView,
  Preview,
  RejectForm,
  RejectList,
  Run,
  RunDetail,
  RunList,
  checkRequestSchema,
  inspectRequestSchema,
  previewRequestSchema,
  SavedConnection,
  saveConnectionSchema,
  SaveUser,
  TableList,
  TestConnection,
  TransferInput,
  User,
} from '../../shared/index.ts'
import { apiUrl, readAnswer, send, type SendOptions } from './http.ts'
import { authorised } from './session.ts'

/** As it is sent: what has a default may be left out. */
export type PreviewInput = z.input<typeof previewRequestSchema>
export type InspectInput = z.input<typeof inspectRequestSchema>
export type ImportInput = z.input<typeof checkRequestSchema>['transfer']

const request = <T>(url: string, options: SendOptions = {}): Promise<T> =>
  readAnswer<T>(
    authorised(() => send(url, options)),
    options.signal,
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
  inspect: (body: InspectInput, signal?: AbortSignal) =>
    request<Inspection>(apiUrl('/files/inspect'), { method: 'POST', body, signal }),
  checkFile: (transfer: ImportInput, signal?: AbortSignal) =>
    request<FileCheck>(apiUrl('/files/check'), { method: 'POST', body: { transfer }, signal }),
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
  rejects: (id: string, limit: number, signal?: AbortSignal) =>
    request<RejectList>(apiUrl(`/runs/${encodeURIComponent(id)}/rejects`, { limit }), { signal }),
  rejectsUrl: (id: string, form: RejectForm) => apiUrl(`/runs/${encodeURIComponent(id)}/rejects/${form}`),
  reportUrl: (id: string) => apiUrl(`/runs/${encodeURIComponent(id)}/report`),

  loginWays: (signal?: AbortSignal) => request<LoginWays>(apiUrl('/session/ways'), { signal }),
  changePassword: (body: { current: string; next: string }) =>
    request<undefined>(apiUrl('/session/password'), { method: 'POST', body }),

  users: (signal?: AbortSignal) => request<{ users: User[] }>(apiUrl('/users'), { signal }),
  saveUser: (name: string, body: SaveUser) =>
    request<User>(apiUrl(`/users/${encodeURIComponent(name)}`), { method: 'PUT', body }),
  removeUser: (name: string) =>
    request<undefined>(apiUrl(`/users/${encodeURIComponent(name)}`), { method: 'DELETE' }),
  tokens: (signal?: AbortSignal) => request<{ tokens: ApiToken[] }>(apiUrl('/tokens'), { signal }),
  createToken: (body: CreateApiToken) =>
    request<CreatedApiToken>(apiUrl('/tokens'), { method: 'POST', body }),
  revokeToken: (id: string) =>
    request<undefined>(apiUrl(`/tokens/${encodeURIComponent(id)}`), { method: 'DELETE' }),
  audit: (before: number | undefined, signal?: AbortSignal) =>
    request<AuditList>(apiUrl('/audit', { before }), { signal }),
}

export interface RunFilter {
  status?: Run['status']
  direction?: 'import' | 'export' | 'convert'
  before?: string
  limit?: number
}
