import './Ticked.css'

/** A sentence in which characters stand between backticks, as the engine writes them; it gets its full stop here. */
export function Ticked({ text }: { text: string }) {
  const sentence = /[.…!?]$/.test(text) ? text : `${text}.`
  return sentence.split(/`([^`]*)`/).map((piece, index) =>
    index % 2 === 1 ? (
      <code key={index} className="fh-ticked">
        {piece}
      </code>
    ) : (
      piece
    ),
  )
}
