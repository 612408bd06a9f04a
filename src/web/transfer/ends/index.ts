export { SourceCard } from './SourceCard.tsx'
export { TargetCard } from './TargetCard.tsx'
