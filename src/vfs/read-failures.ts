/** The file ends before what was asked for. */
export class EndOfFile extends Error {
  override readonly name = 'EndOfFile'
}

/** The bytes that were fetched may be of another file, or content, than what was asked for. */
export class ContentChanged extends Error {
  override readonly name = 'ContentChanged'
}
