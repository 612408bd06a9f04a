import {
  QueryClient,
  type Query,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import type { Run, RunDetail, SaveUser, TransferInput } from '../../shared/index.ts'
import { api, type ImportInput, type InspectInput, type PreviewInput, type RunFilter } from './client.ts'
import { ApiError } from './http.ts'
import { newerDetail } from './live-state.ts'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // The browser's idea of "offline" says nothing about a server on this machine.
      networkMode: 'always',
      // A wrong request stays wrong; only a server that did not answer is asked again.
      retry: (count, error) => error instanceof ApiError && error.problem.status === 0 && count < 2,
    },
    mutations: { networkMode: 'always' },
  },
})

export const keys = {
  connections: ['connections'],
  ofConnection: (name: string) => ['connection', name],
  files: ['files'],
  runs: ['runs'],
  run: (id: string) => ['run', id],
  users: ['users'],
  tokens: ['tokens'],
  audit: ['audit'],
} as const

export const useHealth = () =>
  useQuery({ queryKey: ['health'], queryFn: ({ signal }) => api.health(signal), staleTime: 60_000 })

export const useConnections = () =>
  useQuery({
    queryKey: keys.connections,
    queryFn: ({ signal }) => api.connections(signal),
    select: (answer) => answer.connections,
  })

export const useDatabases = (connection: string | undefined) =>
  useQuery({
    queryKey: [...keys.ofConnection(connection ?? ''), 'databases'],
    queryFn: ({ signal }) => api.databases(connection ?? '', signal),
    enabled: connection !== undefined,
  })

interface InConnection {
  connection: string
  /** Empty or left out: the connection's own. */
  database?: string
}

const databaseOf = (place: InConnection | undefined) => (place?.database === '' ? undefined : place?.database)

export const useTables = (place: InConnection | undefined) =>
  useQuery({
    queryKey: [...keys.ofConnection(place?.connection ?? ''), 'tables', place?.database ?? ''],
    queryFn: ({ signal }) => api.tables(place?.connection ?? '', databaseOf(place), signal),
    enabled: place !== undefined,
    select: (answer) => answer.tables,
  })

interface TablePlace extends InConnection {
  table: string
}

const columnsQuery = ({ connection, database = '', table }: TablePlace) => ({
  queryKey: [...keys.ofConnection(connection), 'columns', database, table],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    api.columns(connection, table, database || undefined, signal),
})

/** An error TABLE_NOT_FOUND is an answer too: the table would be a new one. */
export const useColumns = (place: TablePlace | undefined) =>
  useQuery({
    ...columnsQuery(place ?? { connection: '', table: '' }),
    enabled: place !== undefined,
  })

/** Of several tables, in their order. */
export const useColumnsOfAll = (places: readonly TablePlace[]) =>
  useQueries({ queries: places.map(columnsQuery) })

export const useFiles = (folder: string) =>
  useQuery({ queryKey: [...keys.files, folder], queryFn: ({ signal }) => api.files(folder, signal) })

/** The preview before stays until the next one is there, so that the page does not flicker while choices are made. */
export const usePreview = (request: PreviewInput | undefined) =>
  useQuery({
    queryKey: ['preview', request],
    queryFn: ({ signal }) => (request ? api.preview(request, signal) : Promise.reject(new TypeError())),
    enabled: request !== undefined,
    placeholderData: (before) => (request ? before : undefined),
  })

/** What reads every record is asked for when it is wanted only, and kept while it is shown: the file may change then. */
const ofAllRecords = { staleTime: Infinity, gcTime: 0 }

/** Ends when nobody waits for it any more. */
export const useInspection = (request: InspectInput | undefined, isWanted: boolean) =>
  useQuery({
    queryKey: ['inspection', request],
    queryFn: ({ signal }) => (request ? api.inspect(request, signal) : Promise.reject(new TypeError())),
    enabled: request !== undefined && isWanted,
    ...ofAllRecords,
  })

/** As an inspection; of the same transfer it is asked for again when a person wants to. */
export const useFileCheck = (transfer: ImportInput | undefined) =>
  useQuery({
    queryKey: ['check', transfer],
    queryFn: ({ signal }) => (transfer ? api.checkFile(transfer, signal) : Promise.reject(new TypeError())),
    enabled: transfer !== undefined,
    ...ofAllRecords,
  })

export const usePlan = (transfer: TransferInput | undefined) =>
  useQuery({
    queryKey: ['plan', transfer],
    queryFn: ({ signal }) => (transfer ? api.plan(transfer, signal) : Promise.reject(new TypeError())),
    enabled: transfer !== undefined,
    placeholderData: (before) => (transfer ? before : undefined),
  })

/** The newest first, page by page. Live events keep those that are loaded true. */
export const useRuns = (filter: Omit<RunFilter, 'before'> = {}) =>
  useInfiniteQuery({
    queryKey: [...keys.runs, filter],
    queryFn: ({ pageParam, signal }) => api.runs({ ...filter, before: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.more ? page.runs.at(-1)?.id : undefined),
  })

/** A run with its log, kept true by events until it has ended. */
export const useLiveRun = (id: string | undefined) =>
  useQuery({
    queryKey: keys.run(id ?? ''),
    queryFn: ({ signal }) => api.run(id ?? '', signal),
    enabled: id !== undefined,
    structuralSharing: (before, next) =>
      before === undefined ? next : newerDetail(before as RunDetail, next as RunDetail),
  })

/** The first rejects of a run that has ended: they never change. */
export const useRejects = (id: string, limit: number) =>
  useQuery({
    queryKey: [...keys.run(id), 'rejects', limit],
    queryFn: ({ signal }) => api.rejects(id, limit, signal),
    staleTime: Infinity,
  })

export function useStartRun() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: api.startRun,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.runs }),
  })
}

export const useCancelRun = () => useMutation({ mutationFn: (run: Pick<Run, 'id'>) => api.cancelRun(run.id) })

type Saved = Parameters<typeof api.saveConnection>[1]

export function useSaveConnection() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ name, ...body }: Saved & { name: string }) => api.saveConnection(name, body),
    onSuccess: (_saved, { name }) => {
      // What was seen of it before was of another server or user, perhaps.
      void client.resetQueries({ queryKey: keys.ofConnection(name) })
      // What could not be had by it, perhaps can be now.
      const isOff = { type: 'active', predicate: ({ state }: Query) => state.status === 'error' } as const
      void client.refetchQueries(isOff)
      return client.invalidateQueries({ queryKey: keys.connections })
    },
  })
}

export function useRemoveConnection() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: api.removeConnection,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.connections }),
  })
}

export const useTestConnection = () =>
  useMutation({ mutationFn: (body: Parameters<typeof api.testConnection>[0]) => api.testConnection(body) })

export function useRemoveFile() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: api.removeFile,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.files }),
  })
}

export const useLoginWays = () =>
  useQuery({ queryKey: ['login ways'], queryFn: ({ signal }) => api.loginWays(signal) })

export const useChangePassword = () => useMutation({ mutationFn: api.changePassword })

export const useUsers = () =>
  useQuery({
    queryKey: keys.users,
    queryFn: ({ signal }) => api.users(signal),
    select: (answer) => answer.users,
  })

export function useSaveUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ name, ...body }: SaveUser & { name: string }) => api.saveUser(name, body),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.users }),
  })
}

export function useRemoveUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: api.removeUser,
    onSuccess: () => {
      // Theirs are gone with them.
      void client.invalidateQueries({ queryKey: keys.tokens })
      return client.invalidateQueries({ queryKey: keys.users })
    },
  })
}

export const useTokens = () =>
  useQuery({
    queryKey: keys.tokens,
    queryFn: ({ signal }) => api.tokens(signal),
    select: (answer) => answer.tokens,
  })

export function useCreateToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: api.createToken,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  })
}

export function useRevokeToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: api.revokeToken,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  })
}

/** The newest first, page by page. */
export const useAudit = () =>
  useInfiniteQuery({
    queryKey: keys.audit,
    queryFn: ({ pageParam, signal }) => api.audit(pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.more ? page.entries.at(-1)?.number : undefined),
    // Whatever is done elsewhere adds to it.
    staleTime: 0,
  })
