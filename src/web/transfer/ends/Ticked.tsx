/** A sentence in which characters stand between backticks, as the sniffer writes them. */
export function Ticked({ text }: { text: string }) {
  const pieces = text.replace(/\.\.$/, '.').split(/`([^`]*)`/)
  return pieces.map((piece, index) =>
    index % 2 === 1 ? (
      <code key={index} className="fh-ticked">
        {piece}
      </code>
    ) : (
      piece
    ),
  )
}
