export { CopyAction } from './CopyAction.tsx'
export { DownloadTarget } from './DownloadTarget.tsx'
export { RunLog } from './RunLog.tsx'
export { RunMeter } from './RunMeter.tsx'
export {
  attemptWords,
  hasRejects,
  processed,
  rejectedText,
  resultFigures,
  verificationWords,
  whatStays,
} from './run-words.ts'
export { StatusBadge } from './StatusBadge.tsx'
export { OpenTarget } from './OpenTarget.tsx'
