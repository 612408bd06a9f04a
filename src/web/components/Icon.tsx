/** Strokes on a grid of 16. */
const paths = {
  arrow: 'M2.5 8h11M9.5 4l4 4-4 4',
  back: 'M13.5 8h-11M6.5 4l-4 4 4 4',
  check: 'M3 8.5 6.5 12 13 4.5',
  'chevron-down': 'm4 6 4 4 4-4',
  'chevron-up': 'm4 10 4-4 4 4',
  'chevron-right': 'm6 4 4 4-4 4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.5V8l2.5 1.5',
  close: 'm4 4 8 8M12 4l-8 8',
  connection: 'M6 2v3.5M10 2v3.5M4 5.5h8V8a4 4 0 0 1-8 0V5.5ZM8 12v2.5',
  copy: 'M6 6h7.5v7.5H6zM3.5 10h-1V2.5H10v1',
  database:
    'M3 4c0-1 2.2-2 5-2s5 1 5 2v8c0 1-2.2 2-5 2s-5-1-5-2V4Zm0 0c0 1 2.2 2 5 2s5-1 5-2M3 8c0 1 2.2 2 5 2s5-1 5-2',
  download: 'M8 2v8.5M4.5 7 8 10.5 11.5 7M2.5 13.5h11',
  edit: 'm10.5 3.5 2 2L6 12l-3 1 1-3 6.5-6.5Z',
  error: 'M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5L5.5 2ZM8 5v3.5M8 10.8v.4',
  file: 'M9.5 2H4v12h8.5V5L9.5 2Zm0 0v3h3',
  filter: 'M2 3h12L9.5 8.5V13l-3-1.5v-3L2 3Z',
  folder: 'M2 13V3h4l1.5 2H14v8H2Z',
  grip: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.5V11M8 5v.4',
  join: 'M6 11.5a4 4 0 1 1 0-8 4 4 0 0 1 0 8Zm4 1a4 4 0 1 1 0-8 4 4 0 0 1 0 8Z',
  key: 'M5 14a3 3 0 1 1 0-6 3 3 0 0 1 0 6ZM7.2 8.8 13.5 2.5M10.5 5.5l2 2M12.5 3.5l1 1',
  leave: 'M6.5 2.5H3v11h3.5M6.5 8h7M10.5 5l3 3-3 3',
  lock: 'M4 7h8v6.5H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  minus: 'M3.5 8h9',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5Z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  play: 'M4.5 2.5v11l8.5-5.5-8.5-5.5Z',
  plus: 'M8 3v10M3 8h10',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5',
  runs: 'M2.5 3.5h11M2.5 8h7M2.5 12.5h4',
  screen: 'M2 3h12v8H2zM6 14h4M8 11v3',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.5 10.5l3 3',
  sort: 'M5 3v10M2.5 10.5 5 13l2.5-2.5M11 13V3M8.5 5.5 11 3l2.5 2.5',
  stop: 'M3.5 3.5h9v9h-9z',
  sun: 'M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1',
  swap: 'M2.5 5.5h11M10.5 2.5l3 3-3 3M13.5 10.5h-11M5.5 7.5l-3 3 3 3',
  table: 'M2 3h12v10H2zM2 6.5h12M2 9.75h12M6 6.5V13',
  trash: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.5 9h6l.5-9',
  upload: 'M8 11V2.5M4.5 6 8 2.5 11.5 6M2.5 13.5h11',
  user: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 14c.5-3 2.7-4.5 5.5-4.5s5 1.5 5.5 4.5',
  warning: 'M8 2.5 14.5 13.5h-13L8 2.5ZM8 6.5V10M8 11.6v.4',
} as const
export type IconName = keyof typeof paths

interface IconProps {
  name: IconName
  /** Said aloud; without it the icon is decoration. */
  label?: string
  size?: number
}

export function Icon({ name, label, size = 16 }: IconProps) {
  return (
    <svg
      className="fh-icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}
    >
      {label && <title>{label}</title>}
      <path d={paths[name]} />
    </svg>
  )
}

export const Spinner = () => <span className="fh-spinner" aria-hidden="true" />
