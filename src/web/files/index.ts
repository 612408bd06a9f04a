export { FilePicker } from './FilePicker.tsx'
