interface ProgressBarProps {
  label: string
  /** 0…1; null while it cannot be told. */
  value: number | null
  /** Said in place of the percentage. */
  text?: string
  tone?: 'accent' | 'ok' | 'error'
}

export function ProgressBar({ label, value, text, tone = 'accent' }: ProgressBarProps) {
  const percent = value === null ? null : Math.min(100, Math.max(0, value * 100))
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent === null ? undefined : Math.floor(percent)}
      aria-valuetext={text}
      className={`fh-progress fh-progress_${tone} ${percent === null ? 'fh-progress_unknown' : ''}`}
    >
      <div style={percent === null ? undefined : { width: `${percent}%` }} />
    </div>
  )
}

interface SparklineProps {
  label: string
  values: readonly number[]
  width?: number
  height?: number
}

export function Sparkline({ label, values, width = 120, height = 24 }: SparklineProps) {
  return (
    <svg
      role="img"
      aria-label={label}
      className="fh-sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
    >
      {values.length > 1 && <path d={sparkPath(values, width, height)} />}
    </svg>
  )
}

/** A line through the values from edge to edge, the largest at the top and zero at the bottom. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  const top = Math.max(...values, Number.EPSILON)
  const step = width / Math.max(1, values.length - 1)
  const inner = height - 2
  return values
    .map(
      (value, index) =>
        `${index === 0 ? 'M' : 'L'}${(index * step).toFixed(1)} ${(1 + inner * (1 - value / top)).toFixed(1)}`,
    )
    .join('')
}
