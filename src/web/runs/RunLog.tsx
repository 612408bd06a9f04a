import './run.css'
import { useEffect, useRef } from 'react'
import type { LogLine } from '../../shared/index.ts'
import { Icon, Ticked } from '../components/index.ts'
import { formatTime } from '../format.ts'
import { forPage } from '../words.ts'

/** New lines are followed unless somebody has scrolled back. */
export function RunLog({ lines }: { lines: readonly LogLine[] }) {
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (isAtEnd.current) box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [lines])
  return (
    <div
      ref={box}
      className="fh-log"
      role="log"
      aria-label="Log"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight > scrollHeight - 8
      }}
    >
      <ol>
        {lines.map((line) => (
          <li key={line.number} className={`fh-log_${line.level}`}>
            <time dateTime={line.at}>{formatTime(line.at).slice(11)}</time>
            {line.level !== 'info' && <Icon name={line.level} size={14} label={line.level} />}
            <bdi>
              <Ticked text={forPage(line.message)} />
            </bdi>
          </li>
        ))}
      </ol>
    </div>
  )
}
