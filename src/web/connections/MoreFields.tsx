import { useEffect, useRef } from 'react'
import { Button, IconButton, NumberField, TextField } from '../components/index.ts'
import type { PartProps, Setting } from './form.ts'

/** What most connections leave as it is. */
export function MoreFields({ form, change, errors }: PartProps) {
  const { connectTimeout, requestTimeout, settings } = form
  const isWrong = Object.keys(errors).some((field) => /Timeout$|^setting /.test(field))
  const isUsed = connectTimeout !== null || requestTimeout !== null || settings.length > 0
  return (
    <details className="fh-connection-fold" open={isWrong || isUsed || undefined}>
      <summary>More: timeouts and ClickHouse settings</summary>
      <div className="fh-stack">
        <div className="fh-connection-service">
          <NumberField
            label="Connect timeout, seconds"
            value={connectTimeout}
            min={1}
            max={86_400}
            placeholder="10"
            error={errors.connectTimeout ?? null}
            hint="How long to wait for the server to answer at all."
            onChange={(seconds) => change({ ...form, connectTimeout: seconds })}
          />
          <NumberField
            label="Request timeout, seconds"
            value={requestTimeout}
            min={1}
            max={86_400}
            placeholder="no limit"
            error={errors.requestTimeout ?? null}
            hint="How long the server may send nothing; long queries can be quiet for minutes."
            onChange={(seconds) => change({ ...form, requestTimeout: seconds })}
          />
        </div>
        <SettingRows
          settings={settings}
          errors={errors}
          onChange={(next) => change({ ...form, settings: next })}
        />
      </div>
    </details>
  )
}

interface SettingRowsProps extends Pick<PartProps, 'errors'> {
  settings: readonly Setting[]
  onChange: (settings: readonly Setting[]) => void
}

function SettingRows({ settings, errors, onChange }: SettingRowsProps) {
  const box = useRef<HTMLFieldSetElement>(null)
  const count = useRef(settings.length)
  // A new row is there to be typed into; after one is removed the keyboard would be nowhere.
  useEffect(() => {
    if (settings.length > count.current) lastOf(box.current, 'input[placeholder="max_threads"]')?.focus()
    if (settings.length < count.current) lastOf(box.current, 'button')?.focus()
    count.current = settings.length
  }, [settings.length])
  const set = (at: number, part: Partial<Setting>) =>
    onChange(settings.map((each, index) => (index === at ? { ...each, ...part } : each)))
  return (
    <fieldset ref={box} className="fh-connection-settings">
      <legend className="fh-field-label">ClickHouse settings, sent with every statement</legend>
      {settings.map(({ name, value }, at) => (
        <div key={at} className="fh-connection-setting">
          <TextField
            label={`Name of setting ${at + 1}`}
            labelHidden
            mono
            value={name}
            placeholder="max_threads"
            error={errors[`setting ${at}`] ?? null}
            onChange={(next) => set(at, { name: next })}
          />
          <TextField
            label={`Value of setting ${at + 1}`}
            labelHidden
            mono
            value={value}
            placeholder="4"
            onChange={(next) => set(at, { value: next })}
          />
          <IconButton
            icon="trash"
            label={`Remove setting ${at + 1}`}
            onClick={() => onChange(settings.toSpliced(at, 1))}
          />
        </div>
      ))}
      <Button variant="quiet" icon="plus" onClick={() => onChange([...settings, { name: '', value: '' }])}>
        Add a setting
      </Button>
    </fieldset>
  )
}

const lastOf = (box: HTMLElement | null, selector: string) =>
  [...(box?.querySelectorAll<HTMLElement>(selector) ?? [])].at(-1)
