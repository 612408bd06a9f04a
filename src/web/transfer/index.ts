export { fileSourceUrl, tableSourceUrl } from './links.ts'
export { TransferPage } from './TransferPage.tsx'
export { useUpload } from './use-upload.ts'
