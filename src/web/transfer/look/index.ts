export { LookTabs } from './LookTabs.tsx'
