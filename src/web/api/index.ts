export { api, type PreviewInput, type RunFilter } from './client.ts'
export { startEvents, stopEvents, useLiveCount, useLiveStatus } from './events.ts'
export { ApiError, apiUrl, problemOf } from './http.ts'
export {
  queryClient,
  useAudit,
  useCancelRun,
  useChangePassword,
  useColumns,
  useColumnsOfAll,
  useConnections,
  useCreateToken,
  useDatabases,
  useFiles,
  useHealth,
  useLiveRun,
  useLoginWays,
  usePlan,
  usePreview,
  useRemoveConnection,
  useRemoveFile,
  useRemoveUser,
  useRevokeToken,
  useRuns,
  useSaveConnection,
  useSaveUser,
  useStartRun,
  useTables,
  useTestConnection,
  useTokens,
  useUsers,
} from './queries.ts'
export {
  includes,
  logIn,
  logOut,
  startSession,
  useLogin,
  useMay,
  useSession,
  type LoginState,
} from './session.ts'
export { sendHead, uploadFile } from './upload.ts'
