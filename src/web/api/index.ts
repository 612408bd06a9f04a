export { api, ApiError, problemOf, type PreviewInput, type RunFilter } from './client.ts'
export { startEvents, useLiveCount, useLiveRun, useLiveStatus } from './events.ts'
export {
  queryClient,
  useCancelRun,
  useColumns,
  useColumnsOfAll,
  useConnections,
  useDatabases,
  useFiles,
  useHealth,
  usePlan,
  usePreview,
  useRemoveConnection,
  useRemoveFile,
  useRuns,
  useSaveConnection,
  useStartRun,
  useTables,
  useTestConnection,
} from './queries.ts'
export { sendHead, uploadFile } from './upload.ts'
